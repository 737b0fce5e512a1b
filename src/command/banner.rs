//! What a person reads on stdout when the service has started.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::tenancy::TenantId;

/// What the banner tells.
pub(super) struct Banner<'a> {
    pub(super) base_url: &'a str,
    pub(super) database: &'a str,
    pub(super) broker: Option<&'a str>,
    pub(super) demo_tenant: Option<TenantId>,
    pub(super) has_authentication: bool,
}

/// Prints `text` and a line break. A stdout that is closed is no reason to stop.
pub(super) fn print(text: &str) {
    _ = writeln!(std::io::stdout().lock(), "{text}");
}

impl Banner<'_> {
    pub(super) fn text(&self) -> String {
        let Self {
            base_url, database, ..
        } = self;
        let mut text = format!(
            "Rollcall is ready.\n\n  address   {base_url}\n  docs      {base_url}/docs\n  database  {database}\n"
        );
        let events = match self.broker {
            Some(broker) => format!("streams lms.roster.v1:{{0}} … at {broker}, and the feed"),
            None => "the HTTP feed (set ROLLCALL_REDIS_URL for Redis Streams)".to_owned(),
        };
        _ = writeln!(text, "  events    {events}");
        if !self.has_authentication {
            text.push_str(
                "  access    authentication is off: loopback only, every caller may do everything\n",
            );
        }
        if let Some(tenant) = self.demo_tenant {
            _ = writeln!(text, "  tenant    {tenant} (demo)");
        }
        let (what, call) = (self.what_first(), self.first_call());
        _ = write!(text, "\nCreate a {what}:\n\n{call}\n");
        text
    }

    /// What the first call creates: with a demo tenant there can be a school at once.
    fn what_first(&self) -> &'static str {
        match self.demo_tenant {
            Some(_) => "school",
            None => "tenant",
        }
    }

    /// A call that works when it is pasted, each time: the key is made by the shell, the name has the time in it.
    /// Where authentication is on, the caller's token is looked for in `TOKEN`.
    pub(super) fn first_call(&self) -> String {
        let base_url = self.base_url;
        let (path, tenant_header, name) = match self.demo_tenant {
            Some(tenant) => (
                format!("/api/v1/tenants/{tenant}/schools"),
                format!(" -H 'X-Tenant-Id: {tenant}'"),
                "Lincoln Elementary School",
            ),
            None => (
                "/api/v1/tenants".to_owned(),
                String::new(),
                "Northfield School District",
            ),
        };
        let token = if self.has_authentication {
            " -H \"Authorization: Bearer $TOKEN\""
        } else {
            ""
        };
        format!(
            "curl -i {base_url}{path}{tenant_header}{token} -H \"Idempotency-Key: $(date +%s%N)\" \
             -H 'Content-Type: application/json' -d '{{\"name\": \"{name} '\"$(date +%s%N)\"'\"}}'"
        )
    }
}
