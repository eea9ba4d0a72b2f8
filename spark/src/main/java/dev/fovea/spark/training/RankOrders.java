package dev.fovea.spark.training;

import dev.fovea.collective.ring.WireFormat;
import java.io.Serializable;

/**
 * What the driver tells every rank.
 *
 * @param config the configuration of the run in JSON, its folder absolute
 * @param secret that the ranks share, made for this job
 * @param job names the job in what ranks agree on
 * @param mark the name of a file in the run folder that every rank must see
 * @param cores of an executor; 0 if it has all that it sees
 * @param wire how gradients travel
 * @param deadlineSeconds for ranks to come, and for one that does not get on
 */
record RankOrders(
    String config,
    String secret,
    String job,
    String mark,
    int cores,
    WireFormat wire,
    long deadlineSeconds)
    implements Serializable {

  /** Without the secret. */
  @Override
  public String toString() {
    return "the ranks of " + job;
  }
}
