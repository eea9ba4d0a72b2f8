package dev.fovea.explanation;

import dev.fovea.api.Api;

/**
 * How thoroughly an explanation is checked.
 *
 * <pre>{@code
 * CheckOptions options = CheckOptions.standard().withSeed(7);
 * }</pre>
 *
 * @param steps of the deletion and insertion curves
 * @param randomOrders how many random maps the curves are compared with
 * @param stages after which the maps of a network with random layers are compared
 * @param seed of the random maps and weights
 */
@Api(Api.Status.EXPERIMENTAL)
public record CheckOptions(int steps, int randomOrders, int stages, long seed) {
  /** Checks that nothing is left out. */
  public CheckOptions {
    if (steps < 2 || randomOrders < 2 || stages < 1) {
      throw new IllegalArgumentException(
          "a check needs at least 2 steps, 2 random maps and 1 stage, got "
              + steps
              + ", "
              + randomOrders
              + " and "
              + stages);
    }
  }

  /** 32 steps, 5 random maps, 6 stages, seed 0. */
  public static CheckOptions standard() {
    return new CheckOptions(32, 5, 6, 0);
  }

  /** These options with another seed. */
  public CheckOptions withSeed(long other) {
    return new CheckOptions(steps, randomOrders, stages, other);
  }
}
