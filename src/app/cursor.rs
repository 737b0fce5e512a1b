//! Cursors of lists: where the next page begins, signed and bound to the tenant.
//!
//! A cursor is the id of the last school of a page and the first 16 bytes of an HMAC-SHA-256 over tenant and id, in base64url.
//! The key belongs to the database, so every process of the instance honours every cursor.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

use crate::roster::SchoolId;
use crate::tenancy::TenantId;

const ID_LENGTH: usize = 16;
const TAG_LENGTH: usize = 16;

fn mac(key: &[u8], tenant_id: TenantId, id: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(b"schools cursor\0");
    mac.update(tenant_id.0.as_bytes());
    mac.update(id);
    Some(mac)
}

/// The cursor of the page that begins after `school_id`.
pub(super) fn seal_cursor(key: &[u8], tenant_id: TenantId, school_id: SchoolId) -> String {
    let mut bytes = school_id.0.as_bytes().to_vec();
    if let Some(mac) = mac(key, tenant_id, school_id.0.as_bytes()) {
        bytes.extend(mac.finalize().into_bytes().into_iter().take(TAG_LENGTH));
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The school after which a page begins; `None` for a cursor that was not given out for this tenant's list.
pub(super) fn open_cursor(key: &[u8], tenant_id: TenantId, cursor: &str) -> Option<SchoolId> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    if bytes.len() != ID_LENGTH + TAG_LENGTH {
        return None;
    }
    let (id, tag) = bytes.split_at_checked(ID_LENGTH)?;
    mac(key, tenant_id, id)?.verify_truncated_left(tag).ok()?;
    Some(SchoolId(Uuid::from_slice(id).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_only_for_its_tenant_and_unchanged() {
        let (key, tenant, other) = (b"key", TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        let school = SchoolId(Uuid::from_u128(3));
        let cursor = seal_cursor(key, tenant, school);
        assert_eq!(open_cursor(key, tenant, &cursor), Some(school));
        assert_eq!(open_cursor(key, other, &cursor), None);
        assert_eq!(open_cursor(b"another key", tenant, &cursor), None);
        assert_eq!(open_cursor(key, tenant, &cursor[1..]), None);
        let forged = URL_SAFE_NO_PAD.encode([0; 32]);
        assert_eq!(open_cursor(key, tenant, &forged), None);
    }
}
