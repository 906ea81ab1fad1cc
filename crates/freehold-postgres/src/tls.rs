//! TLS, as `sslmode` and `sslrootcert` of a URL ask for it.

use std::{path::Path, sync::Arc};

use freehold_ports::StoreError;
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::fault::unavailable;

/// Whether the server has to prove who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The connection is encrypted, to whomever it leads.
    None,
    /// The server has a certificate for its name from someone who is trusted.
    Certificate,
}

/// How connections are encrypted, where they are.
pub(crate) fn connector(proof: Proof, roots: Option<&Path>) -> Result<MakeRustlsConnect, StoreError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| unavailable(format!("TLS cannot be set up: {error}")))?;
    let config = match proof {
        Proof::None => builder.dangerous().with_custom_certificate_verifier(Arc::new(Unproven(provider))),
        Proof::Certificate => builder.with_root_certificates(trusted(roots)?),
    };
    Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
}

fn trusted(roots: Option<&Path>) -> Result<RootCertStore, StoreError> {
    let mut store = RootCertStore::empty();
    match roots {
        Some(file) => store.add_parsable_certificates(certificates_in(file)?),
        None => store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs),
    };
    if store.is_empty() {
        let place = roots.map_or_else(|| "the system".to_owned(), |file| format!("`{}`", file.display()));
        return Err(unavailable(format!(
            "{place} has no certificate to trust, which sslmode=verify-full needs"
        )));
    }
    Ok(store)
}

fn certificates_in(file: &Path) -> Result<Vec<CertificateDer<'static>>, StoreError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    read.map_err(|error| unavailable(format!("sslrootcert `{}` cannot be read: {error}", file.display())))
}

/// Takes any certificate. Signatures are checked all the same, so that nobody can break in later.
#[derive(Debug)]
struct Unproven(Arc<CryptoProvider>);

impl ServerCertVerifier for Unproven {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
