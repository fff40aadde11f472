using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace ReadText;

/// <summary>What stands around the network: a picture becomes its input, its output becomes text.</summary>
internal static class TextLine
{
    private const int Height = 48, WidthStep = 32;

    private static readonly string[] s_characters = ReadCharacters();

    /// <summary>Scales a picture to 48 rows, blue, green, red planes in −1 … 1; the width is filled up with grey.</summary>
    public static float[] Prepare(Picture picture, out int[] shape)
    {
        int width = Math.Max(1, (int)Math.Ceiling((double)Height * picture.Width / picture.Height));
        int filled = (width + WidthStep - 1) / WidthStep * WidthStep;
        float[] values = new float[3 * Height * filled];
        for (int plane = 0; plane < 3; plane++)
            for (int y = 0; y < Height; y++)
                for (int x = 0; x < width; x++)
                    values[(plane * Height + y) * filled + x] = Sample(picture, (x + 0.5) * picture.Width / width - 0.5,
                        (y + 0.5) * picture.Height / Height - 0.5, 2 - plane) / 127.5f - 1f;
        shape = [1, 3, Height, filled];
        return values;
    }

    /// <summary>The best character of each position; repetitions and blanks are dropped (CTC).</summary>
    public static string Decode(ReadOnlySpan<float> probabilities, ReadOnlySpan<int> shape)
    {
        int positions = shape[1], classes = shape[2], before = 0;
        if (classes != s_characters.Length) throw new InvalidDataException($"The network knows {classes} characters, the list has {s_characters.Length}");
        var text = new StringBuilder();
        for (int i = 0; i < positions; i++)
        {
            ReadOnlySpan<float> row = probabilities.Slice(i * classes, classes);
            int best = 0;
            for (int c = 1; c < classes; c++) if (row[c] > row[best]) best = c;
            if (best != 0 && best != before) text.Append(s_characters[best]);
            before = best;
        }
        return text.ToString();
    }

    /// <summary>Bilinear, without smoothing: what the network was trained with.</summary>
    private static float Sample(Picture picture, double x, double y, int channel)
    {
        x = Math.Clamp(x, 0, picture.Width - 1);
        y = Math.Clamp(y, 0, picture.Height - 1);
        int left = (int)x, top = (int)y, right = Math.Min(left + 1, picture.Width - 1), bottom = Math.Min(top + 1, picture.Height - 1);
        double u = x - left, v = y - top;
        double upper = picture[left, top, channel] * (1 - u) + picture[right, top, channel] * u;
        double lower = picture[left, bottom, channel] * (1 - u) + picture[right, bottom, channel] * u;
        return (float)(upper * (1 - v) + lower * v);
    }

    /// <summary>Class 0 is the blank, the last one the space.</summary>
    private static string[] ReadCharacters()
    {
        using var reader = new StreamReader(typeof(TextLine).Assembly.GetManifestResourceStream("characters.txt")!, Encoding.UTF8);
        List<string> characters = [""];
        while (reader.ReadLine() is { } line) characters.Add(line);
        characters.Add(" ");
        return [.. characters];
    }
}
