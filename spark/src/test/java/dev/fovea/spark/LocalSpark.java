package dev.fovea.spark;

import org.apache.spark.sql.SparkSession;

/** The one session of all tests: starting Spark takes longer than most of them. */
public final class LocalSpark {
  private LocalSpark() {}

  public static SparkSession session() {
    return SparkSession.builder()
        .master("local[2]")
        .appName("fovea-spark tests")
        .config("spark.ui.enabled", false)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", 2)
        .config(
            "spark.sql.warehouse.dir", System.getProperty("java.io.tmpdir") + "/fovea-warehouse")
        .getOrCreate();
  }
}
