//! Results put away run by run and read back number by number, so that memory stays bounded however many
//! runs there are.

use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::Mutex;

#[cfg(feature = "files")]
use tempfile::SpooledTempFile as Store;

/// Without files everything stays in memory.
#[cfg(not(feature = "files"))]
type Store = std::io::Cursor<Vec<u8>>;

/// Results stay in memory up to this many bytes; beyond it they go to a temporary file.
#[cfg(feature = "files")]
const IN_MEMORY: usize = 96 << 20;
#[cfg(not(feature = "files"))]
const IN_MEMORY: usize = usize::MAX;

#[cfg(feature = "files")]
fn store() -> Store {
    Store::new(IN_MEMORY)
}

#[cfg(not(feature = "files"))]
fn store() -> Store {
    Store::default()
}

/// Rows of integers, kept in chunks of runs; within a chunk number by number.
pub struct Spill {
    width: usize,
    chunks: Vec<(u64, usize)>,
    store: Mutex<Store>,
}

impl Spill {
    /// An empty store for rows of so many numbers.
    pub fn new(width: usize) -> Self {
        Self { width, chunks: Vec::new(), store: Mutex::new(store()) }
    }

    /// The bytes of temporary files that so many rows need.
    pub fn on_disk(width: usize, rows: u64) -> u64 {
        let bytes = rows.saturating_mul(8 * width as u64);
        if bytes > IN_MEMORY as u64 { bytes } else { 0 }
    }

    /// Puts a chunk of rows away.
    pub fn put(&mut self, rows: &[Vec<i64>]) -> std::io::Result<()> {
        let store = self.store.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        let start = store.seek(SeekFrom::End(0))?;
        let mut bytes = Vec::with_capacity(rows.len() * 8);
        for column in 0..self.width {
            bytes.extend(rows.iter().flat_map(|row| row[column].to_le_bytes()));
            if bytes.len() > 1 << 16 {
                store.write_all(&bytes)?;
                bytes.clear();
            }
        }
        store.write_all(&bytes)?;
        self.chunks.push((start, rows.len()));
        Ok(())
    }

    /// Columns of the table of all rows, in order of the runs.
    pub fn columns(&self, columns: Range<usize>) -> std::io::Result<Vec<Vec<i64>>> {
        let mut all = vec![Vec::new(); columns.len()];
        let mut store = self.store.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for &(start, rows) in &self.chunks {
            store.seek(SeekFrom::Start(start + (columns.start * rows * 8) as u64))?;
            let mut bytes = vec![0; columns.len() * rows * 8];
            store.read_exact(&mut bytes)?;
            for (column, bytes) in all.iter_mut().zip(bytes.chunks(rows * 8)) {
                column.extend(bytes.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b)));
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_away_comes_back_column_by_column() -> std::io::Result<()> {
        let mut spill = Spill::new(3);
        spill.put(&[vec![1, 2, 3], vec![4, 5, 6]])?;
        spill.put(&[vec![7, 8, -9]])?;
        assert_eq!(spill.columns(1..3)?, [[2, 5, 8], [3, 6, -9]]);
        assert_eq!([Spill::on_disk(3, 3), Spill::on_disk(1 << 20, 100)], [0, 800 << 20]);
        Ok(())
    }
}
