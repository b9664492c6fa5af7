//! The interface in `wit/` as Rust, generated. Two worlds that share their types; a plugin links
//! the one whose macro it calls, and imports only what it calls.
#![allow(
    unsafe_code,
    clippy::all,
    reason = "generated: the calls across the component boundary"
)]

pub mod step_world {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "step-all",
        pub_export_macro: true,
        export_macro_name: "export_step",
        default_bindings_module: "deployhost_plugin::export::step_world",
        additional_derives: [PartialEq, Eq, serde::Serialize, serde::Deserialize],
        // Empty ones: a start for tests, and for receipts with one line in them.
        additional_type_attributes: {
            "deployhost:plugin/run@0.1.0/context": [#[derive(Default)]],
            "deployhost:plugin/step@0.1.0/proposal": [#[derive(Default)]],
            "deployhost:plugin/step@0.1.0/receipt": [#[derive(Default)]],
        },
        generate_unused_types: true,
    });
}

pub mod notifier_world {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "notifier-all",
        pub_export_macro: true,
        export_macro_name: "export_notifier",
        default_bindings_module: "deployhost_plugin::export::notifier_world",
        additional_derives: [PartialEq, Eq, serde::Serialize, serde::Deserialize],
        additional_type_attributes: {
            "deployhost:plugin/notifier@0.1.0/event": [#[derive(Default)]],
        },
        with: {
            "deployhost:plugin/run@0.1.0": crate::bindings::step_world::deployhost::plugin::run,
            "deployhost:plugin/log@0.1.0": crate::bindings::step_world::deployhost::plugin::log,
            "deployhost:plugin/progress@0.1.0": crate::bindings::step_world::deployhost::plugin::progress,
            "deployhost:plugin/clock@0.1.0": crate::bindings::step_world::deployhost::plugin::clock,
            "deployhost:plugin/http@0.1.0": crate::bindings::step_world::deployhost::plugin::http,
        },
    });
}
