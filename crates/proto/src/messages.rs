//! The messages that the build derives from the protos, a module for each package.

#![allow(missing_docs, clippy::all, clippy::pedantic)]

/// Every file of the API with its imports, encoded, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

pub mod kms {
    //! AWS Key Management Service.
    pub mod v1 {
        //! Version 1 of our package.
        tonic::include_proto!("lockstep.kms.v1");
    }
}

pub mod ssm {
    //! AWS Systems Manager, of which Parameter Store.
    pub mod v1 {
        //! Version 1 of our package.
        tonic::include_proto!("lockstep.ssm.v1");
    }
}

pub mod secretsmanager {
    //! AWS Secrets Manager.
    pub mod v1 {
        //! Version 1 of our package.
        tonic::include_proto!("lockstep.secretsmanager.v1");
    }
}

pub mod sts {
    //! AWS Security Token Service; on the wire in AWS Query only.
    pub mod v1 {
        //! Version 1 of our package.
        tonic::include_proto!("lockstep.sts.v1");
    }
}
