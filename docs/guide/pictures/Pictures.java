import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;

/**
 * Makes small pictures of what Fovea wrote.
 *
 * <pre>
 * java Pictures.java jpeg SHEET.png TO.jpg
 * java Pictures.java beside LEFT.jpg RIGHT.png TO.jpg
 * java Pictures.java chart REPORT.html TITLE TO.svg
 * </pre>
 */
class Pictures {
  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "jpeg" -> jpeg(ImageIO.read(new File(args[1])), args[2]);
      case "beside" -> beside(args[1], args[2], args[3]);
      case "chart" -> chart(Files.readString(Path.of(args[1])), args[2], Path.of(args[3]));
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void jpeg(BufferedImage from, String to) throws Exception {
    BufferedImage plain =
        new BufferedImage(from.getWidth(), from.getHeight(), BufferedImage.TYPE_INT_RGB);
    plain.createGraphics().drawImage(from, 0, 0, Color.WHITE, null);
    ImageIO.write(plain, "jpg", new File(to));
  }

  private static void beside(String left, String right, String to) throws Exception {
    BufferedImage a = ImageIO.read(new File(left));
    BufferedImage b = ImageIO.read(new File(right));
    int gap = 16;
    int width = a.getWidth() + gap + b.getWidth();
    int height = Math.max(a.getHeight(), b.getHeight());
    BufferedImage both = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    both.createGraphics().fillRect(0, 0, width, height);
    both.createGraphics().drawImage(a, 0, 0, null);
    both.createGraphics().drawImage(b, a.getWidth() + gap, (height - b.getHeight()) / 2, null);
    jpeg(both, to);
  }

  /** A chart of a report as a file of its own, with the report's colors. */
  private static void chart(String report, String title, Path to) throws Exception {
    Matcher chart =
        Pattern.compile(
                "<svg class=\"chart\"[^>]*aria-label=\"" + title + "\">.*?</svg>", Pattern.DOTALL)
            .matcher(report);
    Matcher style = Pattern.compile("<style>(.*?)</style>", Pattern.DOTALL).matcher(report);
    if (!chart.find() || !style.find()) {
      throw new IllegalStateException("no chart '" + title + "' in the report");
    }
    StringBuilder rules = new StringBuilder();
    int body = style.group(1).indexOf("* {");
    rules.append(style.group(1), 0, body);
    style
        .group(1)
        .substring(body)
        .lines()
        .filter(l -> l.startsWith(".chart"))
        .forEach(l -> rules.append(l).append('\n'));
    String svg =
        chart
            .group()
            .replaceFirst("<svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"460\"")
            .replaceFirst(
                ">", ">\n<style>" + Matcher.quoteReplacement(rules.toString()) + "</style>")
            .replaceFirst(
                "</style>",
                "</style><rect width=\"460\" height=\"296\" rx=\"8\" fill=\"var(--card)\"/>");
    Files.writeString(to, svg + "\n");
  }
}
