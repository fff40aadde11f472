using System;
using System.Collections.Generic;
using System.Globalization;
using Lr2vq.Plans;

namespace Lr2vq.Pictures;

/// <summary>How a picture gets the size that an input wants.</summary>
internal enum PictureFit
{
    /// <summary>Scaled, whatever that does to its proportions.</summary>
    Stretch,
    /// <summary>Scaled in proportion; what stands over is cut off on both sides.</summary>
    Crop,
    /// <summary>Not at all: another size is refused.</summary>
    Exact,
}

/// <summary>From a picture to what a network expects: its size and the order of its channels, then (low + (high − low) · byte / 255 − mean) / std,
/// by channel of the network. What is null was not said.</summary>
internal sealed record PreProcessing
{
    /// <summary>Sizes beyond are mistakes.</summary>
    private const int MaxResize = 1 << 14;

    private static readonly (string Key, Func<PreProcessing, string?> Get, Func<PreProcessing, string, PreProcessing?> With)[] s_settings =
    [
        ("range", p => p.Range is { } range ? Text([range.Low, range.High]) : null,
            (p, word) => Numbers(word) is [var low, var high] && low != high ? p with { Range = (low, high) } : null),
        ("mean", p => p.Mean is null ? null : Text(p.Mean), (p, word) => Numbers(word) is { Length: 1 or 3 } mean ? p with { Mean = mean } : null),
        ("std", p => p.Std is null ? null : Text(p.Std),
            (p, word) => Numbers(word) is { Length: 1 or 3 } std && Array.IndexOf(std, 0) < 0 ? p with { Std = std } : null),
        ("channels", p => p.IsBgr is { } bgr ? bgr ? "BGR" : "RGB" : null, (p, word) => Index(word, "RGB", "BGR") is { } bgr ? p with { IsBgr = bgr == 1 } : null),
        ("layout", p => p.Layout is { } layout ? layout == PictureLayout.Nchw ? "NCHW" : "NHWC" : null,
            (p, word) => Index(word, "NCHW", "NHWC") is { } layout ? p with { Layout = (PictureLayout)layout } : null),
        ("fit", p => p.Fit?.ToString().ToLowerInvariant(), (p, word) => Index(word, "stretch", "crop", "exact") is { } fit ? p with { Fit = (PictureFit)fit } : null),
        ("resize", p => p.Resize?.ToString(CultureInfo.InvariantCulture),
            (p, word) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int side) && side is >= 1 and <= MaxResize ? p with { Resize = side } : null),
    ];

    /// <summary>0 to 1, stretched, red first.</summary>
    public static PreProcessing None { get; } = new();

    /// <summary>What 0 and 255 become before mean and deviation; null for 0 and 1.</summary>
    public (float Low, float High)? Range { get; init; }

    /// <summary>One number, or one for each channel.</summary>
    public float[]? Mean { get; init; }

    public float[]? Std { get; init; }

    /// <summary>Blue first.</summary>
    public bool? IsBgr { get; init; }

    public PictureLayout? Layout { get; init; }

    public PictureFit? Fit { get; init; }

    /// <summary>The shorter side is scaled to this before the middle is cut out; null: to what covers the input.</summary>
    public int? Resize { get; init; }

    /// <summary>Whether anything was said.</summary>
    public bool IsDeclared
    {
        get
        {
            foreach (var setting in s_settings)
                if (setting.Get(this) is not null) return true;
            return false;
        }
    }

    /// <summary>With one more setting; null if the word is none of its.</summary>
    /// <param name="key">Such as <c>mean</c>, in any case.</param>
    /// <param name="word">Such as <c>0.485,0.456,0.406</c>.</param>
    /// <exception cref="ArgumentException">There is no such setting.</exception>
    public PreProcessing? With(string key, string word)
    {
        foreach (var setting in s_settings)
            if (setting.Key.Equals(key, StringComparison.OrdinalIgnoreCase)) return setting.With(this, word.Trim());
        throw new ArgumentException("There is no setting " + key, nameof(key));
    }

    /// <summary>What was said, in one form for equal settings.</summary>
    public IEnumerable<KeyValuePair<string, string>> ToPairs()
    {
        foreach (var setting in s_settings)
            if (setting.Get(this) is { } word) yield return new(setting.Key, word);
    }

    /// <summary>What an artifact says; null if it says nothing.</summary>
    /// <exception cref="FormatException">A word is not understood.</exception>
    public static PreProcessing? Of(IReadOnlyList<KeyValuePair<string, string>> pairs)
    {
        PreProcessing made = None;
        foreach (KeyValuePair<string, string> pair in pairs)
            foreach (var setting in s_settings)
                if (setting.Key == pair.Key) made = setting.With(made, pair.Value) ?? throw new FormatException($"{pair.Key} cannot be '{pair.Value}'");
        return made.IsDeclared ? made : null;
    }

    /// <summary>What each byte of a channel becomes.</summary>
    public void Fill(int channel, int channels, Span<float> values)
    {
        (float low, float high) = Range ?? (0, 1);
        float mean = Of(Mean, 0, "mean"), std = Of(Std, 1, "std");
        for (int i = 0; i < values.Length; i++) values[i] = (low + (high - low) * i / 255f - mean) / std;

        float Of(float[]? numbers, float absent, string what) => numbers is null ? absent
            : numbers.Length == 1 ? numbers[0]
            : numbers.Length == channels ? numbers[channel]
            : throw new ArgumentException($"{what} has {numbers.Length} numbers, the input has {channels} channel{(channels == 1 ? "" : "s")}");
    }

    private static string Text(float[] numbers) => string.Join(',', Array.ConvertAll(numbers, n => n.ToString("R", CultureInfo.InvariantCulture)));

    private static float[]? Numbers(string word)
    {
        string[] parts = word.Split([',', ';', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        float[] numbers = new float[parts.Length];
        for (int i = 0; i < parts.Length; i++)
            if (!float.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) || !float.IsFinite(numbers[i])) return null;
        return numbers;
    }

    private static int? Index(string word, params ReadOnlySpan<string> known)
    {
        for (int i = 0; i < known.Length; i++)
            if (known[i].Equals(word, StringComparison.OrdinalIgnoreCase)) return i;
        return null;
    }
}
