package dev.fovea.study.ledger;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The list of claims. */
public final class Ledger {
  private static final List<LedgerClaim> ALL =
      Stream.of(BatchNormClaims.all(), InceptionClaims.all(), ResidualClaims.all())
          .flatMap(List::stream)
          .toList();

  private Ledger() {}

  /** Returns all claims, by number. */
  public static List<LedgerClaim> all() {
    return ALL;
  }

  /** Returns the claim with this number. */
  public static Optional<LedgerClaim> claim(int number) {
    return ALL.stream().filter(c -> c.number() == number).findFirst();
  }
}
