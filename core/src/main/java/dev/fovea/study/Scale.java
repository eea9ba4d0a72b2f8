package dev.fovea.study;

/** How far a study goes. */
public enum Scale {
  /** Shortened until all of it fits into a quarter of an hour on two cores. */
  QUICK,
  /** The paper's networks and schedule. */
  FULL
}
