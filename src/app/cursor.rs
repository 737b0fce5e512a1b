//! Cursors of lists: where the next page begins, signed and bound to the list.
//!
//! A cursor is the id of the last item of a page and the first 16 bytes of an HMAC-SHA-256 over the list and the id, in
//! base64url. The list is its name, its tenant and what it was narrowed down to: a cursor that was given out for other filters
//! would silently skip what lies between. The key belongs to the database, so every process of the instance honours every
//! cursor.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

use crate::tenancy::TenantId;

const ID_LENGTH: usize = 16;
const TAG_LENGTH: usize = 16;

/// A list whose pages cursors connect.
pub(super) struct PagedList<'a> {
    /// What cursors are signed with.
    pub(super) key: &'a [u8],
    /// What is listed.
    pub(super) name: &'static str,
    /// Whose.
    pub(super) tenant_id: TenantId,
    /// Which of them, in a form that is the same only for the same filters; empty for all.
    pub(super) filters: &'a [u8],
}

impl PagedList<'_> {
    fn mac(&self, id: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key).ok()?;
        // Only the filters vary in length, so no two lists give the same bytes.
        mac.update(self.name.as_bytes());
        mac.update(b" cursor\0");
        mac.update(self.tenant_id.0.as_bytes());
        mac.update(self.filters);
        mac.update(id);
        Some(mac)
    }

    /// The cursor of the page that begins after the item `id`.
    pub(super) fn seal_cursor(&self, id: Uuid) -> String {
        let mut bytes = id.as_bytes().to_vec();
        if let Some(mac) = self.mac(id.as_bytes()) {
            bytes.extend(mac.finalize().into_bytes().into_iter().take(TAG_LENGTH));
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The item after which a page begins; `None` for a cursor that was not given out for this list.
    pub(super) fn open_cursor(&self, cursor: &str) -> Option<Uuid> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        if bytes.len() != ID_LENGTH + TAG_LENGTH {
            return None;
        }
        let (id, tag) = bytes.split_at_checked(ID_LENGTH)?;
        self.mac(id)?.verify_truncated_left(tag).ok()?;
        Uuid::from_slice(id).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_only_for_its_list_and_unchanged() {
        let list = PagedList {
            key: b"key",
            name: "schools",
            tenant_id: TenantId(Uuid::from_u128(1)),
            filters: b"",
        };
        let id = Uuid::from_u128(3);
        let cursor = list.seal_cursor(id);
        assert_eq!(list.open_cursor(&cursor), Some(id));
        let others = [
            PagedList {
                tenant_id: TenantId(Uuid::from_u128(2)),
                ..list
            },
            PagedList {
                name: "audit records",
                ..list
            },
            PagedList {
                filters: b"narrower",
                ..list
            },
            PagedList {
                key: b"another key",
                ..list
            },
        ];
        for other in others {
            assert_eq!(other.open_cursor(&cursor), None);
        }
        assert_eq!(list.open_cursor(&cursor[1..]), None);
        let forged = URL_SAFE_NO_PAD.encode([0; 32]);
        assert_eq!(list.open_cursor(&forged), None);
    }
}
