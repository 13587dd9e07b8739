//! The snapshot file `snap.rkyv`: a writer that streams and a reader that reads what is asked for.
//!
//! # Design constraints
//! - The process that writes never holds the graph: chunks of flat columns go to disk, the directory comes last.
//! - Whoever reads trusts nothing: [`Snapshot::open`] checks checksums, archives and every index once; later calls
//!   have no errors. Nothing is mapped: a file that is written to or cut while it is open ends the question that
//!   wanted the part that is gone ([`readable`]), and nothing else.
//! - An index beside the file ([`Snapshot::open_indexed`]) saves the checks that were made before; a bad one costs
//!   time, or answers, but never memory safety.
//! - Knows nothing of Python, of graph algorithms, or of printing.
//!
//! FORMAT.md lists every section and field.
//!
//! ```
//! use heapview_snapshot::*;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("snap.rkyv");
//! let mut writer = SnapshotWriter::create(&path)?;
//! let list = writer.add_type(&TypeRow::named("builtins", "list", Address::new(0x100)));
//! writer.edge(EdgeKind::Item, 0, Address::new(0x200));
//! writer.object(&ObjectRecord {
//!     address: Address::new(0x200),
//!     type_ix: list,
//!     shallow_size: 64,
//!     refcount: 1,
//!     flags: ObjectFlags::TRACKED,
//!     preview: None,
//! });
//! writer.finish(Meta::default())?;
//!
//! let snapshot = Snapshot::open(&path)?;
//! let ix = snapshot.find(Address::new(0x200)).expect("it was written");
//! assert_eq!(snapshot.type_of(ix).name, "list");
//! assert_eq!(snapshot.edges(ix).count(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ids;

mod edge_reader;
mod edges;
mod ledger;
mod locations;
mod meta;
mod objects;
mod roots;
mod sites;
mod strings;
mod types;
mod uses;

mod address_map;
mod address_set;
mod archive;
mod chunk_file;
mod chunks;
mod columns;
mod compressor;
mod container;
mod destination;
mod error;
mod file_system;
mod handover;
mod index;
mod index_column;
mod machine;
mod partial;
mod pieces;
mod reader;
mod size_limit;
mod source;
mod spans;
mod stamp;
mod tables;
mod unreadable;
mod validate;
mod writer;

pub use address_set::{AddressSet, GRANULE};
pub use chunk_file::WholeFile;
pub use container::FORMAT_VERSION;
pub use destination::Destination;
pub use edges::{Edge, EdgeKind};
pub use error::SnapshotError;
pub use ids::{Address, ObjectIx, ParseIdError, SiteIx, StrIx, TypeIx};
pub use index::{Index, IndexSection, IndexValues};
pub use index_column::{IndexColumn, Number};
pub use ledger::{Collector, Generation, Ledger, MallocSizes, Package, PymallocSizes, Resident};
pub use locations::Location;
pub use meta::Meta;
pub use objects::{ObjectFlags, ObjectRecord, Preview};
pub use reader::Snapshot;
pub use roots::{Origin, Root, RootKind, Thread};
pub use sites::SiteFrame;
pub use types::{TypeFlags, TypeRow};
pub use unreadable::{Unreadable, readable};
pub use uses::{CodeUse, NameKind, Uses};
pub use writer::SnapshotWriter;
