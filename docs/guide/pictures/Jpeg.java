import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.File;
import javax.imageio.ImageIO;

/** Writes an image as JPEG: {@code java Jpeg.java FROM.png TO.jpg}. */
class Jpeg {
  public static void main(String[] args) throws Exception {
    BufferedImage from = ImageIO.read(new File(args[0]));
    BufferedImage to = new BufferedImage(from.getWidth(), from.getHeight(), BufferedImage.TYPE_INT_RGB);
    to.createGraphics().drawImage(from, 0, 0, Color.WHITE, null);
    ImageIO.write(to, "jpg", new File(args[1]));
  }
}
