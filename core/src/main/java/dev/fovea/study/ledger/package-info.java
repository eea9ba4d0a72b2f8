/**
 * The ledger of claims: what the papers and the note say, one record each, how Fovea checks it, and
 * what the last check found.
 *
 * <p>A {@link dev.fovea.study.ledger.LedgerClaim} has {@link dev.fovea.study.ledger.Check}s; {@link
 * dev.fovea.study.ledger.Ledger} lists all claims. {@link dev.fovea.study.ledger.StudyRecords}
 * holds what studies found, one {@link dev.fovea.study.ledger.StudyRecord} per run; costs are
 * computed from the graphs whenever they are asked for ({@link
 * dev.fovea.study.ledger.StatedCosts}). Both give {@link dev.fovea.study.ledger.Figure}s.
 *
 * <p>Reading order: as named. Next: package {@link dev.fovea.interop}.
 */
@NullMarked
package dev.fovea.study.ledger;

import org.jspecify.annotations.NullMarked;
