//! Where a request may go, with which method and which headers.

pub mod address;
pub mod header;
pub mod method;
pub mod origin;
pub mod written_origin;

pub use address::{AddressKind, AddressPolicy};
pub use method::{BadMethod, check_method, is_read};
pub use origin::{Origin, OriginError, Target};
pub use written_origin::WrittenOrigin;
