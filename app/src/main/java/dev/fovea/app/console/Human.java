package dev.fovea.app.console;

import dev.fovea.tensor.Decimals;
import java.time.Duration;

/** Formats numbers for people. */
public final class Human {
  private Human() {}

  /** The name with control characters, which terminals would obey, replaced by U+FFFD. */
  public static String visible(String name) {
    return name.codePoints()
        .map(c -> Character.isISOControl(c) ? 0xFFFD : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** 272,474. */
  public static String count(long n) {
    return Decimals.format("%,d", n);
  }

  /** 1 image, 50,000 images; the thing has a regular plural. */
  public static String count(long n, String thing) {
    return count(n) + " " + Decimals.plural(n, thing);
  }

  /** 40.8 M; three digits and a decimal unit. */
  public static String amount(double n) {
    String[] units = {"", " k", " M", " G", " T"};
    double v = n;
    int u = 0;
    while (Math.abs(v) >= 999.5 && u < units.length - 1) {
      v /= 1000;
      u++;
    }
    return (u == 0 ? Decimals.format("%.0f", v) : digits(v)) + units[u];
  }

  /** 1.23 GB; bytes in decimal units. */
  public static String bytes(long n) {
    String a = amount(n);
    return a.contains(" ") ? a + "B" : a + " B";
  }

  /** Three significant digits without an exponent. */
  public static String digits(double v) {
    double a = Math.abs(v);
    return Decimals.format(a >= 99.95 ? "%.0f" : a >= 9.995 ? "%.1f" : "%.2f", v);
  }

  /** 91.27 %, or "-" for NaN. */
  public static String percent(double fraction) {
    return Double.isNaN(fraction) ? "-" : Decimals.format("%.2f %%", 100 * fraction);
  }

  /** A loss to four decimals, or "-". */
  public static String loss(double loss) {
    return Double.isNaN(loss) ? "-" : Decimals.format("%.4f", loss);
  }

  /** A learning rate: 0.1, 0.00325, 1.2e-06. */
  public static String rate(double rate) {
    if (rate == 0 || Math.abs(rate) < 1e-4) {
      return rate == 0 ? "0" : Decimals.format("%.2e", rate);
    }
    String text = Decimals.format("%.5f", rate);
    return text.replaceFirst("0+$", "").replaceFirst("\\.$", "");
  }

  /** 42s, 3m05s, 1h02m, 2d03h. */
  public static String time(Duration d) {
    long s = Math.max(0, Math.round(d.toMillis() / 1000.0));
    if (s < 60) {
      return s + "s";
    }
    if (s < 3600) {
      return Decimals.format("%dm%02ds", s / 60, s % 60);
    }
    if (s < 86_400) {
      return Decimals.format("%dh%02dm", s / 3600, s % 3600 / 60);
    }
    return Decimals.format("%dd%02dh", s / 86_400, s % 86_400 / 3600);
  }
}
