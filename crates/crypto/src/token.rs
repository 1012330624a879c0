//! Pagination tokens: sealed, and bound to who may use them for what.

use crate::purpose::Purpose;
use crate::record::Owner;
use crate::{CryptoError, Vault};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

impl Vault {
    /// Seals the state of a listing as URL-safe text. `scope` is whatever the token must not leave: account,
    /// operation, filters. The text is a sealed record in base64: 88 characters, and 4 for every 3 bytes of state.
    ///
    /// # Errors
    /// [`CryptoError::Locked`].
    pub fn seal_token(&self, scope: &[&str], state: &[u8]) -> Result<String, CryptoError> {
        let record = self.seal_record(&Owner { purpose: Purpose::Token, names: scope }, state)?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode(record))
    }

    /// Opens a token that was sealed under the same scope.
    ///
    /// # Errors
    /// [`CryptoError::Locked`], [`CryptoError::InvalidCiphertext`] for anything else.
    pub fn open_token(&self, scope: &[&str], token: &str) -> Result<Vec<u8>, CryptoError> {
        let record = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| CryptoError::InvalidCiphertext)?;
        match self.open_record(&Owner { purpose: Purpose::Token, names: scope }, &record) {
            Ok(state) => Ok(state.expose_secret().to_vec()),
            Err(CryptoError::Damaged) => Err(CryptoError::InvalidCiphertext),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{fixed_vault, open_vault};

    const SCOPE: &[&str] = &["111122223333", "ListKeys"];

    /// The record's own golden bytes pin what is inside; this pins the text around it and the label.
    #[test]
    fn a_golden_token_opens() {
        let token = "Ac8AAAABpYeKl8LbLZliqPxSYGHO3HkjeUyUtoxPgOxxYc2tRvFWKClypQQecofJ39L-\
                     xAJUOjoWBN2WZ3jVv8JQzek_EkoNE1pOLlE";
        assert_eq!(fixed_vault().open_token(SCOPE, token).unwrap(), b"after-key-7");
    }

    #[test]
    fn a_token_opens_in_its_scope_only() {
        let vault = open_vault();
        let token = vault.seal_token(SCOPE, b"after-key-7").unwrap();
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        assert_eq!(vault.open_token(SCOPE, &token).unwrap(), b"after-key-7");
        let scopes: [&[&str]; 5] = [
            &["111122223334", "ListKeys"],
            &["111122223333", "ListAliases"],
            &["111122223333"],
            &["111122223333", "ListKeys", ""],
            &["111122223333L", "istKeys"],
        ];
        for scope in scopes {
            assert_eq!(vault.open_token(scope, &token), Err(CryptoError::InvalidCiphertext), "{scope:?}");
        }
        assert_eq!(open_vault().open_token(SCOPE, &token), Err(CryptoError::InvalidCiphertext));
    }

    #[test]
    fn a_forged_token_is_refused() {
        let vault = open_vault();
        let token = vault.seal_token(SCOPE, b"after-key-7").unwrap();
        for at in 0..token.len() {
            for other in ["A", "B", "_", "=", "+", "\u{e9}"] {
                let forged = [&token[..at], other, &token[at + 1..]].concat();
                let opens = vault.open_token(SCOPE, &forged);
                assert!(forged == token || opens == Err(CryptoError::InvalidCiphertext), "{other} at {at}");
            }
            assert_eq!(vault.open_token(SCOPE, &token[..at]), Err(CryptoError::InvalidCiphertext));
        }
        assert_eq!(vault.open_token(SCOPE, &format!("{token}A")), Err(CryptoError::InvalidCiphertext));
    }
}
