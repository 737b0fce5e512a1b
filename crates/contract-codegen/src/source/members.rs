//! Values by their numbers: how to get from a value to those in it without looking anything up by its pointer.

use serde_json::Value;

use super::Source;

impl Source {
    /// How many values the document has.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The number of the value at a pointer, the pointer as the source keeps it, and the value.
    pub(crate) fn numbered(&self, pointer: &str) -> Option<(usize, &str, &Value)> {
        let (number, pointer) = self.pointers().get_full(pointer)?;
        Some((number, pointer, self.at(pointer)?))
    }

    /// The pointer of the value of this number.
    pub(crate) fn pointer_of(&self, number: usize) -> Option<&str> {
        self.pointers().get_index(number).map(String::as_str)
    }

    /// The members of the object of this number, each with its own number.
    pub(crate) fn members_of<'a>(
        &'a self,
        number: usize,
        object: &'a Value,
    ) -> impl Iterator<Item = (usize, &'a str, &'a Value)> {
        let members = object.as_object().into_iter().flatten();
        let mut next = number + 1;
        members.map(move |(name, member)| {
            let own = next;
            next += self.count(own);
            (own, name.as_str(), member)
        })
    }

    /// The items of the list of this number, each with its own number.
    pub(crate) fn items_of<'a>(
        &'a self,
        number: usize,
        list: &'a Value,
    ) -> impl Iterator<Item = (usize, &'a Value)> {
        let items = list.as_array().into_iter().flatten();
        let mut next = number + 1;
        items.map(move |item| {
            let own = next;
            next += self.count(own);
            (own, item)
        })
    }
}
