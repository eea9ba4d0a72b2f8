package dev.fovea.study;

/** The scale of a study. */
public enum Scale {
  /** Shortened so that the whole study fits into a quarter of an hour on two cores. */
  QUICK,
  /** The paper's networks and schedule. */
  FULL
}
