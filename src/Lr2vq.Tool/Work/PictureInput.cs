using System;
using System.CommandLine;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Plans;

namespace Lr2vq.Tool.Work;

/// <summary>How a picture gets the size that an input wants.</summary>
internal enum PictureFit
{
    /// <summary>Scaled, whatever that does to its proportions.</summary>
    Stretch,
    /// <summary>Scaled so that it covers the size; what stands over is cut off on both sides.</summary>
    Crop,
    /// <summary>Not at all: another size is refused.</summary>
    Exact,
}

/// <summary>From a picture to what a network expects: its size, then (low + (high − low) · byte / 255 − mean) / std, by channel.</summary>
internal sealed record PictureInput(float Low, float High, float[] Mean, float[] Std, PictureFit Fit)
{
    private static readonly (string Word, PictureFit? Value)[] s_fits = [("stretch", PictureFit.Stretch), ("crop", PictureFit.Crop), ("exact", PictureFit.Exact)];

    /// <summary>0 to 1, stretched.</summary>
    public static PictureInput Plain { get; } = new(0, 1, [0], [1], PictureFit.Stretch);

    /// <summary>The options that were given.</summary>
    public IReadOnlyList<string> Given { get; private init; } = [];

    /// <summary>Adds the options for pictures to a command.</summary>
    /// <returns>Reads them; null, with diagnostics, if a word is wrong.</returns>
    public static Func<ParseResult, DiagnosticBag, PictureInput?> AddTo(Command command)
    {
        Option<string?> mean = new("--mean") { Description = "For pictures: subtracted after the range, one number or one a channel.", HelpName = "A,B,C" };
        Option<string?> std = new("--std") { Description = "For pictures: divided by after the mean.", HelpName = "A,B,C" };
        Option<string?> range = new("--range") { Description = "For pictures: what 0 and 255 become before mean and std; default 0,1.", HelpName = "LOW,HIGH" };
        Option<string?> fit = new("--fit")
        {
            Description = "For pictures of another size than the input's: stretch (the default) scales both sides, crop scales until the picture covers the input and cuts what stands over, exact refuses. Scaling is bilinear with antialiasing.",
            HelpName = "FIT",
        };
        fit.CompletionSources.Add(OptionValues.WordsOf(s_fits));
        Option<string?>[] all = [mean, std, range, fit];
        foreach (Option<string?> option in all) command.Options.Add(option);
        return (parsed, bag) =>
        {
            float[]? means = Numbers("--mean", parsed.GetValue(mean) ?? "0", [1, 3], bag), stds = Numbers("--std", parsed.GetValue(std) ?? "1", [1, 3], bag);
            float[]? ends = Numbers("--range", parsed.GetValue(range) ?? "0,1", [2], bag);
            PictureFit? how = FitOf(parsed.GetValue(fit) ?? "stretch", bag);
            if (means is null || stds is null || ends is null || how is null) return null;
            return new PictureInput(ends[0], ends[1], means, stds, how.Value) { Given = [.. all.Where(o => parsed.GetValue(o) is not null).Select(o => o.Name)] };
        };
    }

    /// <summary>Warns of options for pictures where no file is one.</summary>
    public void CheckUse(IEnumerable<string> files, DiagnosticBag bag)
    {
        if (files.Any(PictureFile.IsPictureName)) return;
        foreach (string option in Given) bag.Add(DiagnosticCatalogue.SettingNotUsed.At(new DiagnosticPlace { Option = option }, option, "no input is a picture"));
    }

    /// <param name="port">A float input of four dimensions with 1 or 3 channels.</param>
    /// <param name="file">The picture.</param>
    /// <param name="height">The height that is wanted; null for the picture's own.</param>
    /// <param name="width">The width.</param>
    /// <exception cref="InvalidDataException">The input takes no picture, or not this one.</exception>
    public NpyFile Read(PlanPort port, string file, int? height, int? width)
    {
        bool planes = TakesPlanes(port);
        if (!planes && !TakesPixels(port)) throw new InvalidDataException($"the input [{string.Join(',', port.Shape)}] of {port.Type} takes no picture");
        PixelImage image = PictureFile.Read(file).WithChannels((int)port.Shape[planes ? 1 : 3].Value);
        int toHeight = height ?? image.Height, toWidth = width ?? image.Width;
        if (Fit == PictureFit.Exact && (toHeight != image.Height || toWidth != image.Width))
            throw new InvalidDataException($"it has {image.Width} x {image.Height} pixels, the input wants {toWidth} x {toHeight}");
        image = Fit == PictureFit.Crop ? PictureResize.Crop(image, toWidth, toHeight) : PictureResize.Stretch(image, toWidth, toHeight);
        float[] values = Scale(image, planes);
        return new NpyFile(ElementType.Float32, planes ? [1, image.Channels, image.Height, image.Width] : [1, image.Height, image.Width, image.Channels],
            MemoryMarshal.AsBytes<float>(values).ToArray());
    }

    /// <summary>Whether pictures go in as [N, channels, height, width]; else as [N, height, width, channels].</summary>
    public static bool TakesPlanes(PlanPort port) => port is { Type: ElementType.Float32, Shape.Count: 4 } && IsChannels(port.Shape[1]);

    private static bool TakesPixels(PlanPort port) => port is { Type: ElementType.Float32, Shape.Count: 4 } && IsChannels(port.Shape[3]);

    private static bool IsChannels(Dimension dimension) => dimension.IsConstant && dimension.Value is 1 or 3;

    private float[] Scale(PixelImage image, bool planes)
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

    private static PictureFit? FitOf(string word, DiagnosticBag bag)
    {
        foreach ((string known, PictureFit? fit) in s_fits)
            if (known.Equals(word, StringComparison.OrdinalIgnoreCase)) return fit;
        bag.Add(DiagnosticCatalogue.OptionValueUnknown.At(new DiagnosticPlace { Option = "--fit" }, "--fit", word, OptionValues.List(s_fits), Spelling.Hint(word, OptionValues.WordsOf(s_fits))));
        return null;
    }

    private static float[]? Numbers(string option, string text, int[] counts, DiagnosticBag bag)
    {
        bool isDivisor = option == "--std";
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        float[] numbers = new float[parts.Length];
        bool good = counts.Contains(parts.Length);
        for (int i = 0; i < parts.Length; i++)
            good &= float.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) && float.IsFinite(numbers[i]) && !(isDivisor && numbers[i] == 0);
        if (good) return numbers;
        string kind = isDivisor ? "numbers other than 0" : "numbers", example = option == "--range" ? "0,255" : "0.485,0.456,0.406";
        bag.Add(DiagnosticCatalogue.OptionNumberInvalid.At(new DiagnosticPlace { Option = option }, option, text, $"{string.Join(" or ", counts)} {kind}, such as {example}"));
        return null;
    }
}
