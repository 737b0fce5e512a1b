//! The groups of a pattern while it is translated: which flags hold within, and which of them a back reference may speak of.

/// The flags of a group (ECMA 262 §22.2.1, `Modifiers`). That case is ignored is said to the engine; the others change what is written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) ignores_case: bool,
    /// `m`: `^` and `$` are at the ends of lines, too.
    pub(super) has_lines: bool,
    /// `s`: `.` is any character.
    pub(super) has_any: bool,
}

#[derive(Debug)]
struct Group {
    around: Option<usize>,
    /// Its number and name, if it captures.
    captured: Option<(usize, Option<String>)>,
    /// The flags that hold behind it.
    flags_around: Flags,
    looks_behind: bool,
    is_closed: bool,
    is_repeated: bool,
}

#[derive(Debug, Default)]
pub(super) struct Groups {
    pub(super) flags: Flags,
    all: Vec<Group>,
    innermost: Option<usize>,
    captured_count: usize,
    referenced: Vec<usize>,
}

impl Groups {
    pub(super) fn open(&mut self, looks_behind: bool) {
        self.all.push(Group {
            around: self.innermost,
            captured: None,
            flags_around: self.flags,
            looks_behind,
            is_closed: false,
            is_repeated: false,
        });
        self.innermost = Some(self.all.len() - 1);
    }

    pub(super) fn open_captured(&mut self, name: Option<String>) {
        self.open(false);
        self.captured_count += 1;
        if let Some(group) = self.all.last_mut() {
            group.captured = Some((self.captured_count, name));
        }
    }

    pub(super) fn close(&mut self, is_repeated: bool) -> Option<()> {
        let group = self.all.get_mut(self.innermost?)?;
        (group.is_closed, group.is_repeated) = (true, is_repeated);
        self.flags = group.flags_around;
        self.innermost = group.around;
        Some(())
    }

    /// The number of the group that a back reference names, by its number or its name. It must be closed: elsewhere
    /// the engines differ in what it holds.
    pub(super) fn refer(&mut self, name: &str) -> Option<usize> {
        let is_meant = |group: &Group| {
            let captured = group.captured.as_ref();
            captured.is_some_and(|(number, own)| own.as_deref() == Some(name) || number.to_string() == name)
        };
        let index = self.all.iter().position(is_meant)?;
        let group = self.all.get(index).filter(|group| group.is_closed)?;
        let (number, _) = group.captured.as_ref()?;
        self.referenced.push(index);
        Some(*number)
    }

    /// Whether each group that is referred to holds the same in both engines. ECMA 262 forgets it where a group around it begins anew,
    /// and goes through what looks behind from its end.
    pub(super) fn are_alike(&self) -> bool {
        self.referenced.iter().all(|index| {
            let mut around = self.all.get(*index).and_then(|group| group.around);
            while let Some(group) = around.and_then(|around| self.all.get(around)) {
                if group.is_repeated || group.looks_behind {
                    return false;
                }
                around = group.around;
            }
            true
        })
    }
}
