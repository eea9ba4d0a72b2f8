/**
 * What the command line prints of the papers' claims.
 *
 * <p>Reading order: {@link dev.fovea.app.ledger.ClaimsText}, {@link
 * dev.fovea.app.ledger.ClaimsMarkdown}, {@link dev.fovea.app.ledger.ClaimsJson}. Next: package
 * {@link dev.fovea.app.command}.
 */
@NullMarked
package dev.fovea.app.ledger;

import org.jspecify.annotations.NullMarked;
