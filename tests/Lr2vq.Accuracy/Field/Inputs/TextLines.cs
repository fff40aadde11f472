using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Lr2vq.Data;
using Lr2vq.Testing;
using SkiaSharp;

namespace Lr2vq.Accuracy;

/// <summary>Lines of text as pictures, and what a recognizer reads on them.</summary>
internal static class TextLines
{
    public const int Width = 320, Height = 48;

    private const string Fonts = "/usr/share/fonts/truetype/dejavu";

    private static readonly string[] s_fonts = ["DejaVuSans.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif-Bold.ttf"];

    private static readonly string[] s_words =
    [
        "invoice", "Total", "amount", "due", "2026", "Thursday", "March", "Street", "No.", "14", "receipt", "Platform", "9", "Berlin", "Nord", "apples", "1.99", "EUR", "open",
        "Monday", "closed", "exit", "Reference", "7731", "Ltd.", "phone", "+49", "30", "5500", "Weight", "2.5", "kg", "batch", "X-204", "Ready", "sugar", "coffee", "98%", "page",
        "Quantity", "12", "parcel", "Room", "B3", "Line", "code", "KL-88", "Gate", "17", "north", "Version", "3.1", "Queen", "museum", "ticket", "adult", "Zürich", "Paris",
    ];

    private static readonly Lazy<string[]> s_characters = new(() => ["", .. File.ReadAllLines(TestData.Model("ppocr_keys_v1.txt")), " "]);

    /// <summary>Lines of three or four words; the same seed gives the same lines.</summary>
    public static IEnumerable<string> Texts(int count, int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
            yield return string.Join(' ', Enumerable.Range(0, 2 + random.Next(2)).Select(_ => s_words[random.Next(s_words.Length)]));
    }

    /// <summary>Pictures of lines; font, size, colours and noise differ from line to line.</summary>
    public static IEnumerable<PixelImage> Pictures(int count, int seed) => Texts(count, seed).Select((text, i) => Picture(text, new Random(seed * 1000 + i)));

    /// <summary>A picture with three lines of text on it.</summary>
    public static PixelImage Over(PixelImage photograph, int width, int height, int seed)
    {
        PixelImage ground = FieldPictures.Stretch(photograph, width, height);
        using SKBitmap bitmap = ToBitmap(ground);
        var random = new Random(seed);
        int line = 0;
        foreach (string text in Texts(3, seed))
            Draw(bitmap, text, random, 16 + random.Next(12), 8 + random.Next(width / 6), height * (1 + 2 * line++) / 6, random.Next(2) == 0 ? SKColors.White : SKColors.Black, boxed: random.Next(2) == 0);
        return FromBitmap(bitmap);
    }

    /// <summary>The same picture, upside down.</summary>
    public static PixelImage Turned(PixelImage image)
    {
        byte[] pixels = new byte[image.Pixels.Length];
        int count = image.Width * image.Height;
        for (int i = 0; i < count; i++) image.Pixels.AsSpan((count - 1 - i) * image.Channels, image.Channels).CopyTo(pixels.AsSpan(i * image.Channels));
        return image with { Pixels = pixels };
    }

    /// <summary>What [1, positions, classes] says: the best character of each position; repetitions and blanks are dropped (CTC).</summary>
    public static string Read(HostTensor probabilities)
    {
        int positions = probabilities.Shape[1], classes = probabilities.Shape[2], before = 0;
        ReadOnlySpan<float> values = probabilities.Values<float>();
        var text = new StringBuilder();
        for (int i = 0; i < positions; i++)
        {
            int best = values.Slice(i * classes, classes).IndexOfMax();
            if (best != 0 && best != before) text.Append(s_characters.Value[best]);
            before = best;
        }
        return text.ToString();
    }

    private static int IndexOfMax(this ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
            if (values[i] > values[best]) best = i;
        return best;
    }

    private static PixelImage Picture(string text, Random random)
    {
        byte dark = (byte)random.Next(90), light = (byte)(170 + random.Next(86));
        bool inverse = random.Next(4) == 0;
        using var bitmap = new SKBitmap(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        byte ground = inverse ? dark : light, ink = inverse ? light : dark;
        bitmap.Erase(new SKColor(ground, ground, (byte)Math.Max(0, ground - random.Next(20))));
        Draw(bitmap, text, random, 24 + random.Next(10), 6, Height / 2f, new SKColor(ink, ink, ink), boxed: false);
        PixelImage image = FromBitmap(bitmap);
        for (int i = 0; i < image.Pixels.Length; i++) image.Pixels[i] = (byte)Math.Clamp(image.Pixels[i] + random.Next(-8, 9), 0, 255);
        return image;
    }

    /// <summary>Draws a line around the height <paramref name="middle"/>, smaller where it would be too long.</summary>
    private static void Draw(SKBitmap bitmap, string text, Random random, float size, float left, float middle, SKColor colour, bool boxed)
    {
        string file = Path.Combine(Fonts, s_fonts[random.Next(s_fonts.Length)]);
        if (!File.Exists(file)) throw new FileNotFoundException($"{file} is missing; on Debian: apt-get install fonts-dejavu-core");
        using SKTypeface face = SKTypeface.FromFile(file);
        using var font = new SKFont(face, size) { Subpixel = true };
        float room = bitmap.Width - left - 6, wide = font.MeasureText(text);
        if (wide > room) font.Size = size * room / wide;
        using var canvas = new SKCanvas(bitmap);
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        if (boxed)
        {
            using var box = new SKPaint { Color = colour == SKColors.White ? SKColors.DarkBlue : SKColors.LightYellow };
            canvas.DrawRect(left - 4, middle - font.Size * 0.75f, font.MeasureText(text) + 8, font.Size * 1.5f, box);
        }
        canvas.DrawText(text, left, middle + font.Size * 0.36f, SKTextAlign.Left, font, paint);
    }

    private static SKBitmap ToBitmap(PixelImage image)
    {
        var bitmap = new SKBitmap(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        Span<byte> to = bitmap.GetPixelSpan();
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            image.Pixels.AsSpan(i * 3, 3).CopyTo(to[(i * 4)..]);
            to[i * 4 + 3] = 255;
        }
        return bitmap;
    }

    private static PixelImage FromBitmap(SKBitmap bitmap)
    {
        ReadOnlySpan<byte> from = bitmap.GetPixelSpan();
        byte[] pixels = new byte[bitmap.Width * bitmap.Height * 3];
        for (int i = 0; i < bitmap.Width * bitmap.Height; i++) from.Slice(i * 4, 3).CopyTo(pixels.AsSpan(i * 3));
        return new PixelImage(bitmap.Width, bitmap.Height, 3, pixels);
    }
}
