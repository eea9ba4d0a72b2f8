package dev.fovea.data.source;

import java.util.Collection;
import java.util.Set;

/** A source of labeled images that is divided into splits, each of which is a data set. */
interface Parts {
  /** Names the source in messages. */
  String description();

  /** The splits in lower case; only {@code ""} if the source has none. */
  Set<String> splits();

  /** The images of some splits, in this order, as one data set that owns the source. */
  Dataset open(String description, Collection<String> chosen);

  /** What the source has in place of a split that it lacks, what was expected, and what to do. */
  String advice(Split split);

  /** Throws a {@code DataException} if a network cannot be trained with these classes. */
  void checkTrainable();

  /** Releases the source. */
  void close();
}
