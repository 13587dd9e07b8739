//! Hands full chunks on to the file: at once, or through a short queue to a thread that archives and writes them.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use crate::chunk_file::ChunkFile;
use crate::container::SectionKind;
use crate::edges::EdgeChunk;
use crate::objects::ObjectChunk;
use crate::sites::ObjectSiteChunk;

/// Chunks that wait while one is written: enough to even out, and little memory.
const QUEUE: usize = 2;
/// Of the thread, in bytes. Its calls are shallow, but the C library takes thread-local data from this.
const STACK: usize = 1 << 20;

/// A full chunk of one of the kinds that a file has many of.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there are a few hundred, and each is moved twice")]
pub(crate) enum Chunk {
    Objects(ObjectChunk),
    Edges(EdgeChunk),
    ObjectSites(ObjectSiteChunk),
}

/// Chunks that have been written and cleared: filling them again needs no new memory.
#[derive(Default, Debug)]
struct Spares {
    objects: Vec<ObjectChunk>,
    edges: Vec<EdgeChunk>,
    object_sites: Vec<ObjectSiteChunk>,
}

/// What the writer and its thread have in common.
#[derive(Debug)]
struct Shared {
    file: Mutex<ChunkFile>,
    spares: Mutex<Spares>,
    has_failed: AtomicBool,
}

#[derive(Debug)]
struct Thread {
    queue: Option<SyncSender<Chunk>>,
    handle: Option<JoinHandle<()>>,
}

/// The way of chunks to the file, which gets them in the order in which they are put.
#[derive(Debug)]
pub(crate) struct Handover {
    thread: Option<Thread>,
    shared: Arc<Shared>,
}

impl Handover {
    /// Writes each chunk at once.
    pub(crate) fn new(file: ChunkFile) -> Self {
        let has_failed = AtomicBool::new(file.has_failed());
        let shared = Shared { file: Mutex::new(file), spares: Mutex::default(), has_failed };
        Self { shared: Arc::new(shared), thread: None }
    }

    /// Lets a thread write from now on. Where there can be none, all stays as it was.
    pub(crate) fn start_thread(&mut self) -> io::Result<()> {
        if self.thread.is_none() {
            let (sender, queue) = sync_channel(QUEUE);
            let shared = Arc::clone(&self.shared);
            let builder = Builder::new().name("heapview".to_owned()).stack_size(STACK);
            let handle = builder.spawn(move || queue.into_iter().for_each(|chunk| shared.write(chunk)))?;
            self.thread = Some(Thread { queue: Some(sender), handle: Some(handle) });
        }
        Ok(())
    }

    /// The file, which nobody writes to meanwhile if there is no thread.
    pub(crate) fn file(&self) -> MutexGuard<'_, ChunkFile> {
        lock(&self.shared.file)
    }

    /// Hands a chunk on; waits while the queue is full.
    pub(crate) fn put(&self, chunk: Chunk) {
        match self.thread.as_ref().and_then(|thread| thread.queue.as_ref()) {
            None => self.shared.write(chunk),
            Some(queue) if queue.send(chunk).is_ok() => {}
            Some(_) => self.shared.has_failed.store(true, Ordering::Relaxed),
        }
    }

    pub(crate) fn spare_objects(&self) -> ObjectChunk {
        lock(&self.shared.spares).objects.pop().unwrap_or_default()
    }

    pub(crate) fn spare_edges(&self) -> EdgeChunk {
        lock(&self.shared.spares).edges.pop().unwrap_or_default()
    }

    pub(crate) fn spare_object_sites(&self) -> ObjectSiteChunk {
        lock(&self.shared.spares).object_sites.pop().unwrap_or_default()
    }

    /// Ends the writing; the first failure counts.
    pub(crate) fn fail(&self, failure: io::Error) {
        lock(&self.shared.file).fail(failure);
        self.shared.has_failed.store(true, Ordering::Relaxed);
    }

    /// Whether a chunk could not be written.
    pub(crate) fn has_failed(&self) -> bool {
        self.shared.has_failed.load(Ordering::Relaxed)
    }

    /// The file, once all chunks are written and the thread is gone.
    pub(crate) fn into_file(self) -> io::Result<ChunkFile> {
        let Self { thread, shared } = self;
        drop(thread);
        Arc::into_inner(shared)
            .and_then(|shared| shared.file.into_inner().ok())
            .ok_or_else(|| io::Error::other("the thread that writes the file broke off: please report it"))
    }
}

impl Drop for Thread {
    /// The thread ends before the file goes: it must not hold one that is to be removed.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(handle) = self.handle.take() {
            // If it broke off, the file's lock is poisoned, which tells.
            let _ = handle.join();
        }
    }
}

impl Shared {
    fn write(&self, chunk: Chunk) {
        let mut file = lock(&self.file);
        match chunk {
            Chunk::Objects(mut objects) => {
                file.chunk(SectionKind::Objects, objects.len(), &objects);
                objects.clear();
                lock(&self.spares).objects.push(objects);
            }
            Chunk::Edges(mut edges) => {
                file.chunk(SectionKind::Edges, edges.len(), &edges);
                edges.clear();
                lock(&self.spares).edges.push(edges);
            }
            Chunk::ObjectSites(mut object_sites) => {
                file.chunk(SectionKind::ObjectSites, object_sites.sites.len(), &object_sites);
                object_sites.sites.clear();
                lock(&self.spares).object_sites.push(object_sites);
            }
        }
        if file.has_failed() {
            self.has_failed.store(true, Ordering::Relaxed);
        }
    }
}

/// If the thread broke off, this one goes on to the end, where [`Handover::into_file`] says so.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destination::Destination;
    use crate::ids::Address;
    use crate::objects::{ObjectFlags, ObjectRecord};
    use crate::{Meta, SnapshotWriter, TypeIx};

    fn add_chunk(writer: &mut SnapshotWriter, chunk: usize) {
        for row in 0..ObjectChunk::ROWS {
            writer.object(&ObjectRecord {
                address: Address::new((chunk * ObjectChunk::ROWS + row) as u64 * 8),
                type_ix: TypeIx::new(0),
                shallow_size: 8,
                refcount: 1,
                flags: ObjectFlags::default(),
                preview: None,
            });
        }
    }

    #[test]
    fn a_failure_of_the_thread_shows_while_the_walk_goes_on_and_at_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = ChunkFile::unwritable(&folder.path().join("snap.rkyv"));
        let mut writer = SnapshotWriter::new(file);
        writer.write_in_thread().unwrap();
        assert!(!writer.has_failed());
        // One is at work, the others wait: when the next is taken, the first has been written, or not.
        for chunk in 0..QUEUE + 3 {
            add_chunk(&mut writer, chunk);
        }
        assert!(writer.has_failed());
        let refusal = writer.finish(Meta::default()).unwrap_err().to_string();
        assert!(refusal.contains("Bad file descriptor"), "{refusal}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_writer_that_is_dropped_leaves_neither_file_nor_thread() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = SnapshotWriter::create(&folder.path().join("snap.rkyv")).unwrap();
        writer.write_in_thread().unwrap();
        let shared = Arc::downgrade(&writer.handover().shared);
        (0..QUEUE + 2).for_each(|chunk| add_chunk(&mut writer, chunk));
        drop(writer);
        assert_eq!(shared.strong_count(), 0);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_thread_that_broke_off_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let destination = Destination::new(&folder.path().join("snap.rkyv"), false).unwrap();
        let handover = Handover::new(ChunkFile::create(&destination).unwrap());
        let shared = Arc::clone(&handover.shared);
        let broken = std::thread::spawn(move || {
            let _file = shared.file.lock();
            panic!("as a test");
        });
        assert!(broken.join().is_err());
        assert!(handover.into_file().unwrap_err().to_string().contains("broke off"));
    }
}
