package dev.fovea.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Decoding;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.Preprocessing.ChannelOrder;
import dev.fovea.data.image.Preprocessing.ValueRange;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import dev.fovea.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What belongs to which weights; the figures are the publishers'. */
class KnownPreprocessingTest {
  private static Preprocessing of(String network, String text) {
    return KnownPreprocessing.parse(text, network, Models.info(network).input());
  }

  @ParameterizedTest
  @CsvSource({
    "resnet20, 32, 32, 0.485, 0.225, RGB, UNIT",
    "preact_resnet110, 32, 32, 0.485, 0.225, RGB, UNIT",
    "resnet50, 256, 224, 0.485, 0.225, RGB, UNIT",
    "wide_resnet50_2, 256, 224, 0.485, 0.225, RGB, UNIT",
    "vgg16_bn, 256, 224, 0.485, 0.225, RGB, UNIT",
    "googlenet, 256, 224, 0.5, 0.5, RGB, UNIT",
    "inception_v3, 342, 299, 0.5, 0.5, RGB, UNIT",
    "resnetv2_50, 235, 224, 0.5, 0.5, RGB, UNIT",
    "bn_inception, 256, 224, 104, 1, BGR, BYTE",
    "googlenet_paper, 256, 224, 104, 1, BGR, BYTE"
  })
  void everyPublishersFiguresAreKnown(
      String network,
      int resize,
      int side,
      double firstMean,
      double lastStd,
      ChannelOrder order,
      ValueRange range) {
    Preprocessing p = of(network, "");
    assertThat(p.resizeShorter()).isEqualTo(resize);
    assertThat(List.of(p.height(), p.width())).containsOnly(side);
    assertThat(p.mean().get(0)).isEqualTo(firstMean);
    assertThat(p.std().get(2)).isEqualTo(lastStd);
    assertThat(p.order()).isEqualTo(order);
    assertThat(p.range()).isEqualTo(range);
  }

  @Test
  void meansOfCaffeAreBlueFirstAndThoseOfWideResNetsAreTheirOwn() {
    assertThat(of("bn_inception", "").mean()).containsExactly(104.0, 117.0, 128.0);
    assertThat(of("googlenet_paper", "").mean()).containsExactly(104.0, 117.0, 123.0);
    assertThat(of("wrn_28_10", "").mean().get(0) * 255).isEqualTo(125.3);
    assertThat(of("wrn_28_10", "").std().get(2) * 255).isEqualTo(66.7);
  }

  @Test
  void everyNetworkOfTheListHasOne() {
    for (ModelInfo info : Models.all()) {
      Preprocessing p = of(info.name(), "");
      assertThat(p.height()).as(info.name()).isEqualTo(info.input().dim(1));
      assertThat(p.resizeShorter()).as(info.name()).isGreaterThanOrEqualTo(p.height());
    }
  }

  @Test
  void aNameReplacesItAndChangesComeOnTop() {
    Preprocessing p =
        of(
            "resnet50",
            "caffe, resize=232,interpolation=bicubic,mean=1/2/3,std=4/5/6,order=rgb,range=unit");
    assertThat(p)
        .isEqualTo(
            new Preprocessing(
                3,
                224,
                224,
                232,
                Interpolation.BICUBIC,
                List.of(1.0, 2.0, 3.0),
                List.of(4.0, 5.0, 6.0),
                ChannelOrder.RGB,
                ValueRange.UNIT,
                Decoding.AUTO));
    assertThat(of("resnet50", "resize=232").mean()).isEqualTo(Preprocessing.IMAGENET_MEAN);
  }

  @ParameterizedTest
  @CsvSource({
    "inception_v3.keras, 342, BILINEAR, 0.5, 0.5",
    "inception_v3.tf_in1k, 341, BICUBIC, 0.5, 0.5",
    "inception_v3.nsfwjs, 299, BILINEAR, 0, 1"
  })
  void weightsOfTensorFlowsLineageHaveTheirSourcesFigures(
      String name, int resize, Interpolation interpolation, double mean, double std) {
    Preprocessing p = KnownPreprocessing.parse("", name, Shape.of(3, 299, 299));
    assertThat(p.resizeShorter()).isEqualTo(resize);
    assertThat(p.interpolation()).isEqualTo(interpolation);
    assertThat(p.mean()).containsOnly(mean);
    assertThat(p.std()).containsOnly(std);
    Preprocessing changed = KnownPreprocessing.parse("resize=320", name, Shape.of(3, 299, 299));
    assertThat(changed.resizeShorter()).isEqualTo(320);
    assertThat(changed.std()).containsOnly(std);
    assertThat(KnownPreprocessing.parse("imagenet", name, Shape.of(3, 299, 299)))
        .isEqualTo(KnownPreprocessing.parse("imagenet", "inception_v3", Shape.of(3, 299, 299)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "imagnet; no preprocessing 'imagnet'",
        "size=3; unknown preprocessing entry 'size'",
        "mean=1/x/3; expected numbers",
        "mean=1/2; need 3 values",
        "std=0/1/1; std positive",
        "resize=1,resize=2; twice",
        "order=grb; RGB or BGR",
        "range=11; 0..255"
      })
  void whatCannotBeIsNamed(String text, String message) {
    assertThatThrownBy(() -> of("resnet50", text))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message);
  }
}
