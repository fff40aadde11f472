using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Lr2vq.Artifacts;

namespace Lr2vq.Tool.Output;

/// <summary>Numbers as text, the same in every culture.</summary>
internal static class Words
{
    private static readonly string[] s_units = ["bytes", "kB", "MB", "GB", "TB"];

    /// <summary>For example <c>6.1 MB</c>.</summary>
    public static string Bytes(double count)
    {
        int unit = 0;
        for (; count >= 1000 && unit < s_units.Length - 1; unit++) count /= 1000;
        return count.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + s_units[unit];
    }

    public static string Whole(long count) => count.ToString(CultureInfo.InvariantCulture);

    /// <summary>For example <c>16.8x</c>.</summary>
    public static string Ratio(double original, double stored) =>
        stored <= 0 ? "-" : (original / stored).ToString("0.00", CultureInfo.InvariantCulture) + "x";

    /// <summary>A relative error Σ(w − ŵ)² / Σw², for example <c>1.0e-3</c>.</summary>
    public static string Error(double error) => error == 0 ? "0" : error.ToString("0.0e-0", CultureInfo.InvariantCulture);

    /// <summary>A change of an output, ‖a − b‖ ÷ ‖a‖, for example <c>0.8 %</c>.</summary>
    public static string Change(double change) => (100 * change).ToString(change < 0.001 ? "0.00" : change < 0.1 ? "0.0" : "0", CultureInfo.InvariantCulture) + " %";

    /// <summary>What training brought, for example <c>tuned EndToEnd: divergence 3.1e-1 → 8.0e-2, same class 81 % → 93 %</c>.</summary>
    public static string Tuning(TuningRecord tuning)
    {
        string name = "tuned " + tuning.Mode + ": ", before, after;
        (before, after) = tuning.AreClasses ? (Error(tuning.Before), Error(tuning.After)) : (Change(Math.Sqrt(tuning.Before)), Change(Math.Sqrt(tuning.After)));
        if (before == after) return $"{name}no gain ({(tuning.AreClasses ? "divergence" : "change")} {before})";
        string text = $"{name}{(tuning.AreClasses ? "divergence" : "change")} {before} → {after}";
        return tuning.AreClasses ? $"{text}, same class {Change(tuning.AgreementBefore)} → {Change(tuning.AgreementAfter)}" : text;
    }

    /// <summary>What was predicted of the speed, for example <c>predicted time 0.83 of exact weights' (for size 0.97)</c>.</summary>
    public static string Time(PredictedTime time) =>
        string.Create(CultureInfo.InvariantCulture, $"predicted time {time.Speed:0.00} of exact weights' (for size {time.Size:0.00})");

    public static string Seconds(double seconds) => seconds.ToString(seconds < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) + " s";

    public static string Shape(IEnumerable<int> shape) => string.Join('x', shape);

    /// <summary>A name that is too long, with words as short as it takes: <c>exp_con_3.dep.wei</c> of <c>expanded_conv_3.depthwise.weight</c>. Digits and what lies between words tell names apart.</summary>
    public static string Name(string name, int width)
    {
        for (int most = name.Length; most > 0; most--)
        {
            StringBuilder text = new();
            int word = 0;
            foreach (char c in name)
            {
                word = char.IsLetter(c) ? word + 1 : 0;
                if (word <= most) text.Append(c);
            }
            if (text.Length <= width) return text.ToString();
        }
        return Shorten(name, width);
    }

    /// <summary>A sentence in lines that fit; those after the first are indented.</summary>
    public static IEnumerable<string> Lines(string sentence, int width)
    {
        const int Indent = 8;
        while (width > 2 * Indent && sentence.Length > width && sentence.LastIndexOf(' ', width) is var at && at > Indent)
        {
            yield return sentence[..at];
            sentence = new string(' ', Indent) + sentence[(at + 1)..].TrimStart();
        }
        yield return Shorten(sentence, width);
    }

    /// <summary>Cuts the middle out of a text that is too long: both ends of a name tell most.</summary>
    public static string Shorten(string text, int width)
    {
        if (text.Length <= width) return text;
        if (width < 2) return text[..width];
        int last = width / 2, first = width - 1 - last;
        // Never half of a character of two.
        if (char.IsHighSurrogate(text[first - (first > 0 ? 1 : 0)])) first--;
        if (char.IsLowSurrogate(text[^last])) last--;
        return text[..first] + "…" + text[^last..];
    }
}
