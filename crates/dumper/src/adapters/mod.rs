//! What single libraries keep where `tp_traverse` does not look.
//!
//! An adapter may add references and buffers that an object owns; it never removes any. It matches by the name of
//! types that are already loaded: dumping imports nothing.

pub mod numpy;
