//! Where Enter leads from a row.

use std::sync::Arc;

use heapview_analysis::histogram::GroupBy;
use heapview_snapshot::{ObjectIx, TypeIx};

use crate::found::Found;

/// Where Enter leads.
#[derive(Clone, Debug)]
pub enum Target {
    Object(ObjectIx),
    Type(TypeIx),
    /// A group of the histogram, by its name.
    Group(GroupBy, String),
    /// What a selector or a query names.
    Selector(String),
    /// These objects, and what they are.
    Listed(String, Arc<Found>),
}
