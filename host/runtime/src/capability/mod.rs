//! What a plugin may ask of the host: one file per interface of `wit/`.
//!
//! Each file holds the whole of its capability: the grant, the pure rule that a grant stands for,
//! the port that an adapter implements, the binding of the WIT interface, and `link`. Nothing here
//! reaches the world by itself.

pub mod call;
pub mod clock;
pub mod compose;
pub mod containers;
pub mod git;
pub mod http;
pub mod log;
pub mod progress;

/// The types that every interface shares: `deployhost:plugin/run`.
pub mod run {
    mod binding {
        wasmtime::component::bindgen!({
            path: "../../wit",
            inline: "package deployhost:host; world types { import deployhost:plugin/run@0.1.0; }",
            world: "types",
        });
    }
    // The last three have nothing in them; the bindings that share these types name them.
    pub use binding::deployhost::plugin::run::{
        Commit, Context, Description, Failure, Host, HostWithStore, Problem, add_to_linker,
    };
}
