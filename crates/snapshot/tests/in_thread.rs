//! A file written by a thread of its own is the file that the caller would have written.

use std::fs;

use heapview_snapshot::*;

const N_OBJECTS: u64 = 150_000;

/// The bytes of a snapshot of many chunks of each kind.
fn written(is_compressed: bool, in_thread: bool) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("snap.rkyv");
    let mut writer = SnapshotWriter::create(&path).unwrap();
    if is_compressed {
        writer.compress();
    }
    if in_thread {
        writer.write_in_thread().unwrap();
    }
    let type_ix = writer.add_type(&TypeRow::named("builtins", "list", Address::new(8)));
    let file = writer.intern("cache.py");
    let site = writer.add_site(&[SiteFrame { file, line: 7 }]);
    for ix in 0..N_OBJECTS {
        for item in 0..ix % 5 {
            // Labels of all widths, and addresses of more segments than a chunk has room for.
            let label = if ix % 3 == 0 { ix as u32 * 7 } else { item as u32 };
            writer.edge(EdgeKind::Item, label, Address::new(((ix * item % 40) << 32) | (ix * 16)));
        }
        let text = format!("object {ix}");
        let preview = (ix % 2 == 0).then_some(Preview { text: &text, truncated: false });
        writer.object(&ObjectRecord {
            address: Address::new((1 << 40) | (ix * 16)),
            type_ix,
            shallow_size: ix * 3,
            refcount: ix as u32,
            flags: ObjectFlags::TRACKED,
            preview,
        });
        writer.object_site((ix % 2 == 0).then_some(site));
    }
    writer.finish(Meta { python_version: "3.12.1".into(), ..Meta::default() }).unwrap();
    fs::read(&path).unwrap()
}

#[test]
fn the_bytes_are_the_same() {
    for is_compressed in [false, true] {
        let inline = written(is_compressed, false);
        assert!(inline.len() > 1 << 20);
        assert!(inline == written(is_compressed, true), "compressed: {is_compressed}");
    }
}
