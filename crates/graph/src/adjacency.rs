//! Turns edges around: from the targets of each node to the sources of each node.

use rayon::prelude::*;

use crate::memory;

/// Threads that scan all edges, each for the targets in its own range; more would wait for memory.
const MAX_PARTS: usize = 8;

/// Offsets of each node's incoming edges, one entry more than there are nodes. O(nodes + edges).
pub(crate) fn incoming_offsets(n_nodes: usize, targets: &[u32]) -> Vec<u32> {
    let mut offsets = memory::filled(0u32, n_nodes + 1);
    let part_len = n_nodes.div_ceil(n_parts()).max(1);
    offsets[1..].par_chunks_mut(part_len).enumerate().for_each(|(part, degrees)| {
        let first = (part * part_len) as u32;
        for target in targets {
            if let Some(degree) = degrees.get_mut(target.wrapping_sub(first) as usize) {
                *degree += 1;
            }
        }
    });
    let mut end = 0;
    for offset in &mut offsets {
        end += *offset;
        *offset = end;
    }
    offsets
}

/// Sources of each node's incoming edges, in the order of `in_offsets` and ascending within a node.
/// O(nodes + edges) time; four bytes per node besides the answer.
pub(crate) fn incoming_sources(out_offsets: &[u32], targets: &[u32], in_offsets: &[u32]) -> Vec<u32> {
    let n_nodes = in_offsets.len() - 1;
    let part_len = n_nodes.div_ceil(n_parts()).max(1);
    let mut sources = memory::filled(0u32, targets.len());
    let mut parts = Vec::new();
    let mut rest = &mut sources[..];
    for first in (0..n_nodes).step_by(part_len) {
        let starts = &in_offsets[first..n_nodes.min(first + part_len)];
        let end = in_offsets[first + starts.len()];
        let (part, after) = rest.split_at_mut((end - starts[0]) as usize);
        rest = after;
        parts.push((first as u32, starts, part));
    }
    parts.into_par_iter().for_each(|(first, starts, part)| {
        let mut next: Vec<u32> = starts.iter().map(|start| start - starts[0]).collect();
        for (node, edges) in out_offsets.windows(2).enumerate() {
            for target in &targets[edges[0] as usize..edges[1] as usize] {
                if let Some(slot) = next.get_mut(target.wrapping_sub(first) as usize) {
                    part[*slot as usize] = node as u32;
                    *slot += 1;
                }
            }
        }
    });
    sources
}

fn n_parts() -> usize {
    rayon::current_num_threads().clamp(1, MAX_PARTS)
}
