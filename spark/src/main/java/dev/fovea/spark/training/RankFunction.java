package dev.fovea.spark.training;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.BarrierTaskContext;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/** What each task of the barrier stage runs, in the form that Spark's Scala interface takes. */
final class RankFunction extends AbstractFunction1<Iterator<Integer>, Iterator<RankReport>>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private final RankOrders orders;

  RankFunction(RankOrders orders) {
    this.orders = orders;
  }

  @Override
  public Iterator<RankReport> apply(Iterator<Integer> unused) {
    RankReport report = new RankTask(orders, BarrierTaskContext.get()).run();
    return CollectionConverters.asScala(List.of(report).iterator());
  }
}
