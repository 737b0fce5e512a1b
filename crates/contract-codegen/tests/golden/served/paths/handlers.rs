//! The handlers of the operations. This file is yours: it is written once, and never again.

use contract_runtime::{Call, Credentials, Plain, Problem};
use crate::contract::api::PathsApi;
use crate::contract::operations::*;

/// What the handlers work with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Handlers;

impl Plain for Handlers {
    type Caller = ();

    /// Whom to let in is for you to say: `credentials` are what the contract's `security` asks for. Until this says it, only those are
    /// of whom the contract asks for nothing.
    async fn authorize(
        &self,
        _call: &Call,
        credentials: Credentials,
    ) -> Result<(), Problem> {
        if credentials.is_anonymous() {
            return Ok(());
        }
        Err(Problem::of_status(501, "authorize is not implemented yet."))
    }
}

impl PathsApi for Handlers {
    /// `GET /`
    async fn get_root(
        &self,
        _caller: (),
        _input: GetRootInput,
    ) -> Result<GetRootResponse, Problem> {
        Err(Problem::of_status(501, "get root is not implemented yet."))
    }

    /// `GET /files/{name}.{extension}`
    async fn get_file(
        &self,
        _caller: (),
        _input: GetFileInput,
    ) -> Result<GetFileResponse, Problem> {
        Err(Problem::of_status(501, "getFile is not implemented yet."))
    }

    /// `POST /files/{name}:search`
    async fn search_file(
        &self,
        _caller: (),
        _input: SearchFileInput,
    ) -> Result<SearchFileResponse, Problem> {
        Err(Problem::of_status(501, "searchFile is not implemented yet."))
    }

    /// `GET /files/latest`
    async fn get_latest(
        &self,
        _caller: (),
        _input: GetLatestInput,
    ) -> Result<GetLatestResponse, Problem> {
        Err(Problem::of_status(501, "get-latest is not implemented yet."))
    }

    /// `GET /files/`
    async fn get_latest_2(
        &self,
        _caller: (),
        _input: GetLatest2Input,
    ) -> Result<GetLatest2Response, Problem> {
        Err(Problem::of_status(501, "get_latest is not implemented yet."))
    }

    /// `GET /buckets/{bucket}`
    async fn list_bucket(
        &self,
        _caller: (),
        _input: ListBucketInput,
    ) -> Result<ListBucketResponse, Problem> {
        Err(Problem::of_status(501, "listBucket is not implemented yet."))
    }

    /// `DELETE /buckets/{bucket}`
    async fn delete_bucket(
        &self,
        _caller: (),
        _input: DeleteBucketInput,
    ) -> Result<DeleteBucketResponse, Problem> {
        Err(Problem::of_status(501, "deleteBucket is not implemented yet."))
    }

    /// `GET /buckets/{bucket}?acl`
    async fn get_bucket_acl(
        &self,
        _caller: (),
        _input: GetBucketAclInput,
    ) -> Result<GetBucketAclResponse, Problem> {
        Err(Problem::of_status(501, "getBucketAcl is not implemented yet."))
    }

    /// `POST /actions#Action=Start`
    async fn start(
        &self,
        _caller: (),
        _input: StartInput,
    ) -> Result<StartResponse, Problem> {
        Err(Problem::of_status(501, "start is not implemented yet."))
    }

    /// `POST /actions#Action=Stop`
    async fn stop(
        &self,
        _caller: (),
        _input: StopInput,
    ) -> Result<StopResponse, Problem> {
        Err(Problem::of_status(501, "stop is not implemented yet."))
    }
}
