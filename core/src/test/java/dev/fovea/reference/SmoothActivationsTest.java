package dev.fovea.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** GELU in both forms and SiLU, with their derivatives, against PyTorch's values in binary64. */
class SmoothActivationsTest {
  private static final double[] X = {-8, -4.5, -3, -1.5, -0.7, -0.1, 0, 1e-3, 0.3, 1, 2.5, 4.3, 6};
  private static final double[] GELU = {
    -4.884981308350689e-15,
    -1.5289529061324192e-05,
    -0.00404969409489031,
    -0.10021080190328704,
    -0.16937455655615108,
    -0.0460172162722971,
    0.0,
    0.000500398942213911,
    0.1853734266566858,
    0.841344746068543,
    2.4844758366855597,
    4.299963278406475,
    5.999999994080474
  };
  private static final double[] GELU_DERIVATIVE = {
    -3.9807546004751306e-14,
    -6.852916185633593e-05,
    -0.01194564720418392,
    -0.1274691922299796,
    0.023385898866340103,
    0.4204769079752698,
    0.5,
    0.5007978842948414,
    0.7323277668271099,
    1.0833154705876864,
    1.037611085908145,
    1.00015716144052,
    1.0000000354687093
  };
  private static final double[] TANH = {
    -0.0,
    -5.136737411925996e-06,
    -0.0036373920817729943,
    -0.10042842301976707,
    -0.16942986529488321,
    -0.04601724895456484,
    0.0,
    0.000500398942213582,
    0.18537092354275922,
    0.8411919906082768,
    2.484915733910001,
    4.299984526832698,
    5.9999999999156035
  };
  private static final double[] TANH_DERIVATIVE = {
    0.0,
    -2.9322270442568694e-05,
    -0.011584166630969648,
    -0.12771079315143308,
    0.023642781343896052,
    0.4204782107282433,
    0.5,
    0.500797884293525,
    0.7322954516388018,
    1.0829640838457826,
    1.037951576212666,
    1.000082336477867,
    1.0000000007709977
  };
  private static final double[] SILU_DERIVATIVE = {
    -0.0023465512355853157,
    -0.03791109111942037,
    -0.08810410601516962,
    -0.041294154299142946,
    0.17661321652665754,
    0.4500832085017708,
    0.5,
    0.5004999999166666,
    0.6477800103188829,
    0.9276705118714869,
    1.0994011113415267,
    1.043406227684918,
    1.0123264325915249
  };

  @Test
  void theyAgreeWithPyTorch() {
    for (int i = 0; i < X.length; i++) {
      // PyTorch's own rounding of 1 + erf(x/√2) is 1e-16 of it.
      assertThat(Gelu.ERF.value(X[i])).as("%s", X[i]).isCloseTo(GELU[i], within(1e-14));
      assertThat(Gelu.ERF.derivative(X[i])).isCloseTo(GELU_DERIVATIVE[i], within(1e-14));
      assertThat(Gelu.TANH.value(X[i])).isCloseTo(TANH[i], within(1e-14));
      assertThat(Gelu.TANH.derivative(X[i])).isCloseTo(TANH_DERIVATIVE[i], within(1e-14));
      assertThat(Pointwise.siluDerivative(X[i])).isCloseTo(SILU_DERIVATIVE[i], within(1e-14));
    }
  }

  @Test
  void theDistributionIsThatOfTheNormal() {
    // Φ(-1.96), Φ(-5), Φ(-10) from tables; the tail keeps its digits.
    assertThat(Gelu.distribution(-1.959963984540054)).isCloseTo(0.025, within(1e-15));
    assertThat(Gelu.distribution(-5) / 2.866515718791939e-7).isCloseTo(1, within(1e-12));
    assertThat(Gelu.distribution(-10) / 7.619853024160527e-24).isCloseTo(1, within(1e-12));
    for (double x = 0; x < 9; x += 0.37) {
      assertThat(Gelu.distribution(x) + Gelu.distribution(-x)).isCloseTo(1, within(1e-15));
    }
  }
}
