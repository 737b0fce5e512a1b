//! The store against real databases. Each body runs on both; what only one of them has says so.

/// Makes a test of each body for each database.
macro_rules! on_both_databases {
    ($($body:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $body() { super::$body(crate::store::tests_fixture::Fixture::sqlite().await).await; })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $body() { super::$body(crate::store::tests_fixture::Fixture::postgres().await).await; })+
        }
    };
}
pub(super) use on_both_databases;
