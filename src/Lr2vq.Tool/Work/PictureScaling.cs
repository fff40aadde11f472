using System;
using System.Globalization;
using System.Linq;
using Lr2vq.Data;
using Lr2vq.Diagnostics;

namespace Lr2vq.Tool.Work;

/// <summary>From bytes of a picture to what a network expects: (low + (high − low) · byte / 255 − mean) / std, by channel.</summary>
internal sealed record PictureScaling(float Low, float High, float[] Mean, float[] Std)
{
    /// <summary>Null, with diagnostics, if a word is no list of numbers.</summary>
    public static PictureScaling? TryParse(string? mean, string? std, string? range, DiagnosticBag bag)
    {
        float[]? means = Numbers("Mean", mean ?? "0", [1, 3], bag), stds = Numbers("Std", std ?? "1", [1, 3], bag), ends = Numbers("Range", range ?? "0,1", [2], bag);
        if (means is null || stds is null || ends is null) return null;
        return new PictureScaling(ends[0], ends[1], means, stds);
    }

    /// <summary>Planes [channels, height, width], or pixels [height, width, channels].</summary>
    public float[] Apply(PixelImage image, bool planes)
    {
        float[] values = new float[image.Pixels.Length];
        int pixels = image.Width * image.Height;
        for (int i = 0; i < pixels; i++)
            for (int c = 0; c < image.Channels; c++)
            {
                float value = Low + (High - Low) * image.Pixels[i * image.Channels + c] / 255f;
                values[planes ? c * pixels + i : i * image.Channels + c] = (value - Mean[c % Mean.Length]) / Std[c % Std.Length];
            }
        return values;
    }

    private static float[]? Numbers(string option, string text, int[] counts, DiagnosticBag bag)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        float[] numbers = new float[parts.Length];
        for (int i = 0; i < parts.Length; i++)
            if (!float.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) || !float.IsFinite(numbers[i]) || option == "Std" && numbers[i] == 0)
                return Refuse();
        return counts.Contains(parts.Length) ? numbers : Refuse();

        float[]? Refuse()
        {
            string kind = option == "Std" ? "numbers other than 0" : "numbers";
            bag.Add(DiagnosticCatalogue.OptionNumberInvalid.At(default, option, text, $"{string.Join(" or ", counts)} {kind}, such as {(option == "Range" ? "0,255" : "0.485,0.456,0.406")}"));
            return null;
        }
    }
}
