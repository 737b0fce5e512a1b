//! How much a contract may ask of the generator. Whoever may hand in a contract may hand in a hostile one: each limit is a
//! count, which refuses the same contract on every machine.

/// The limits of one contract, with all files that it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of all files together. Whatever is longer is refused before it is parsed.
    pub bytes: u64,
    /// The values of all files together, those that an alias or a reference repeats counted each time.
    pub nodes: usize,
    /// How deep objects and lists may stand in each other. Not more than 128, which the parsers of JSON allow that read the
    /// derived document.
    pub depth: usize,
    /// The bytes of the JSON pointers of all values together: long keys that stand deep in each other.
    pub pointer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 16 * 1024 * 1024,
            nodes: 2_000_000,
            depth: 100,
            pointer_bytes: 512 * 1024 * 1024,
        }
    }
}

/// What is left of the limits.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) limits: Limits,
    bytes_left: u64,
    nodes_left: usize,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            bytes_left: limits.bytes,
            nodes_left: limits.nodes,
        }
    }

    /// How many more bytes may be read.
    pub(super) fn bytes_left(&self) -> u64 {
        self.bytes_left
    }

    /// Takes the bytes of a file.
    pub(super) fn take_bytes(&mut self, count: u64) -> Result<(), String> {
        let left = self.bytes_left.checked_sub(count);
        self.bytes_left = left.ok_or_else(|| {
            format!(
                "the contract with all its files is longer than {} bytes, the most that is read",
                self.limits.bytes
            )
        })?;
        Ok(())
    }

    /// Takes some values.
    pub(super) fn take_nodes(&mut self, count: usize) -> Result<(), String> {
        let left = self.nodes_left.checked_sub(count);
        self.nodes_left = left.ok_or_else(|| {
            format!(
                "the contract holds more than {} values, the most that is read (an alias or a reference counts what it repeats)",
                self.limits.nodes
            )
        })?;
        Ok(())
    }

    /// Refuses what stands too deep.
    pub(super) fn check_depth(&self, depth: usize) -> Result<(), String> {
        if depth > self.limits.depth {
            return Err(self.too_deep());
        }
        Ok(())
    }

    pub(super) fn too_deep(&self) -> String {
        self.limits.too_deep()
    }
}

impl Limits {
    pub(super) fn too_deep(&self) -> String {
        format!(
            "objects and lists stand in each other more than {} deep, the most that is read",
            self.depth
        )
    }
}
