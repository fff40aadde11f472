using System.IO;
using StbImageSharp;

namespace ReadText;

/// <summary>Pixels of three bytes: red, green, blue; row by row.</summary>
internal sealed record Picture(int Width, int Height, byte[] Pixels)
{
    public byte this[int x, int y, int channel] => Pixels[(y * Width + x) * 3 + channel];

    /// <summary>Reads a PNG, JPEG or BMP picture; what is transparent shows white.</summary>
    public static Picture Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        ImageResult image = ImageResult.FromStream(file, ColorComponents.RedGreenBlueAlpha);
        byte[] pixels = new byte[image.Width * image.Height * 3];
        for (int i = 0; i < pixels.Length; i++)
        {
            int at = i / 3 * 4, opacity = image.Data[at + 3];
            pixels[i] = (byte)((image.Data[at + i % 3] * opacity + 255 * (255 - opacity)) / 255);
        }
        return new Picture(image.Width, image.Height, pixels);
    }
}
