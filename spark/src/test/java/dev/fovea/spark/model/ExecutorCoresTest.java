package dev.fovea.spark.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExecutorCoresTest {
  @ParameterizedTest
  @CsvSource({
    "local, '', 1",
    "local[3], '', 3",
    "'local[3,2]', '', 3",
    "local[*], '', 0",
    "'local[*,4]', '', 0",
    "spark://a:7077, '', 0",
    "spark://a:7077, 4, 4",
    "yarn, '', 1",
    "yarn, 8, 8",
    "k8s://https://a, '', 1",
    "'local-cluster[2,1,1024]', 3, 3"
  })
  void areWhatTheSettingsGive(String master, String cores, int expected) {
    SparkConf settings = new SparkConf(false).set("spark.master", master);
    if (!cores.isEmpty()) {
      settings.set("spark.executor.cores", cores);
    }

    assertThat(ExecutorCores.of(settings)).isEqualTo(expected);
  }
}
