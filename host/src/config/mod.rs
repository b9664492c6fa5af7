//! The plan file: as written, with the place of every value; and as meant.
