/**
 * What the command line prints of claims and of public weights.
 *
 * <p>Reading order: {@link dev.fovea.app.ledger.ClaimsText}, {@link
 * dev.fovea.app.ledger.ClaimsMarkdown}, {@link dev.fovea.app.ledger.ClaimsJson}. Next: package
 * {@link dev.fovea.app.command}.
 */
@NullMarked
package dev.fovea.app.ledger;

import org.jspecify.annotations.NullMarked;
