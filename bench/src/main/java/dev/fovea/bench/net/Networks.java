package dev.fovea.bench.net;

import java.util.List;
import java.util.Optional;

/** The networks of the peers, under the names that {@code fovea models} lists. */
public final class Networks {
  private static final List<Network> ALL =
      List.of(
          new Network("resnet20", 32, 10, 269_722, 0, new ResNets.Cifar(3)),
          new Network("resnet32", 32, 10, 464_154, 0, new ResNets.Cifar(5)),
          new Network("resnet44", 32, 10, 658_586, 0, new ResNets.Cifar(7)),
          new Network("resnet56", 32, 10, 853_018, 0, new ResNets.Cifar(9)),
          new Network("resnet110", 32, 10, 1_727_962, 0, new ResNets.Cifar(18)),
          new Network(
              "resnet18",
              224,
              1000,
              11_689_512,
              0,
              new ResNets.ImageNet(false, List.of(2, 2, 2, 2))),
          new Network(
              "resnet34",
              224,
              1000,
              21_797_672,
              0,
              new ResNets.ImageNet(false, List.of(3, 4, 6, 3))),
          new Network(
              "resnet50",
              224,
              1000,
              25_557_032,
              0,
              new ResNets.ImageNet(true, List.of(3, 4, 6, 3))),
          new Network(
              "resnet101",
              224,
              1000,
              44_549_160,
              0,
              new ResNets.ImageNet(true, List.of(3, 4, 23, 3))),
          new Network(
              "resnet152",
              224,
              1000,
              60_192_808,
              0,
              new ResNets.ImageNet(true, List.of(3, 8, 36, 3))),
          new Network("preact_resnet164", 32, 10, 1_703_258, 0, new ResNets.PreActivation(18)),
          new Network("wrn_16_4", 32, 10, 2_748_890, 0, new ResNets.Wide(2, 4)),
          new Network("googlenet", 224, 1000, 13_004_888, 0.3, new GoogLeNet()),
          new Network("bn_inception", 224, 1000, 11_285_224, 0, new BnInception()),
          new Network("inception_v3", 299, 1000, 27_161_264, 0.3, new InceptionV3()),
          new Network("vgg16", 224, 1000, 138_357_544, 0, new Vgg(List.of(2, 2, 3, 3, 3))));

  private Networks() {}

  public static List<Network> all() {
    return ALL;
  }

  public static Optional<Network> named(String name) {
    return ALL.stream().filter(network -> network.name().equals(name)).findFirst();
  }
}
