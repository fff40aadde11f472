// Linked into the MSBuild task (netstandard2.0).
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace Lr2vq.Options;

/// <summary>Finds the word that somebody meant.</summary>
internal static class Spelling
{
    private const int MaxLength = 200, ShortestBeginning = 3, MostNeighbours = 1000;

    /// <summary><c> (did you mean 'Preset'?)</c>; empty if nothing is near.</summary>
    public static string Hint(string word, IEnumerable<string> known) => Nearest(word, known) is { } nearest ? " (did you mean '" + nearest + "'?)" : "";

    /// <summary>The same for a file that is not there: one of its folder may be meant.</summary>
    /// <param name="pattern">What files of its kind are called, such as <c>*.onnx</c>.</param>
    public static string HintOfFile(FileInfo file, string pattern)
    {
        try
        {
            return file.Directory is { Exists: true } folder ? Hint(file.Name, folder.EnumerateFiles(pattern).Take(MostNeighbours).Select(neighbour => neighbour.Name)) : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that must not be listed.
            return "";
        }
    }

    /// <summary>The nearest of the known words: up to a third of the letters may differ, or it is the only one that begins so. Case, hyphens and
    /// underscores do not count.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        string wanted = Letters(word);
        if (wanted.Length is 0 or > MaxLength) return null;
        string? nearest = null, longer = null;
        int least = int.MaxValue, beginSo = 0;
        foreach (string candidate in known)
        {
            string letters = Letters(candidate);
            if (wanted.Length >= ShortestBeginning && letters.StartsWith(wanted, StringComparison.Ordinal)) (longer, beginSo) = (candidate, beginSo + 1);
            int allowed = Math.Max(1, Math.Min(wanted.Length, letters.Length) / 3);
            // Names of tensors share long parts: one that differs everywhere else is no misspelling.
            if (letters.Length > MaxLength || Math.Abs(letters.Length - wanted.Length) > Math.Min(allowed, 4)) continue;
            int distance = Distance(wanted, letters);
            if (distance > Math.Min(allowed, 4) || distance >= least) continue;
            (nearest, least) = (candidate, distance);
        }
        return nearest ?? (beginSo == 1 ? longer : null);
    }

    /// <summary>Letters inserted, removed, replaced or swapped with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        int[] before = new int[b.Length + 1], last = new int[b.Length + 1], now = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) last[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            now[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                now[j] = Math.Min(replaced, Math.Min(last[j], now[j - 1]) + 1);
                bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                if (swapped) now[j] = Math.Min(now[j], before[j - 2] + 1);
            }
            (before, last, now) = (last, now, before);
        }
        return last[b.Length];
    }

    private static string Letters(string word)
    {
        StringBuilder letters = new();
        foreach (char letter in word)
            if (letter is not ('-' or '_')) letters.Append(char.ToLowerInvariant(letter));
        return letters.ToString();
    }
}
