using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;

namespace Lr2vq.Data;

/// <summary>Reads the classes of samples: lines <c>file,class</c> in any order, a class a line in the order of the samples, an array, or the folders
/// that pictures lie in. A class is a number from 0, or one of the names of the classes.</summary>
internal static class SampleLabels
{
    private const int MaxFileBytes = 1 << 28;

    /// <summary>Null, with a diagnostic, if they do not match the samples.</summary>
    public static IReadOnlyList<int>? Read(string labels, IReadOnlyList<string> classNames, IReadOnlyList<(SampleSource Source, int Index)> samples, string option, DiagnosticBag bag)
    {
        try
        {
            return labels == CalibrationFiles.FolderLabels ? OfFolders(classNames, samples)
                : DataFileKinds.Of(labels) == DataFileKind.Array ? OfArray(NpyFile.Read(labels), samples.Count)
                : OfLines(labels, new ClassNumbers(classNames), samples);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            bool isFile = labels != CalibrationFiles.FolderLabels;
            bag.Add(DiagnosticCatalogue.CalibrationLabelsMisfit.At(isFile ? new DiagnosticPlace(labels) : new DiagnosticPlace { Option = "CalibrationLabels" },
                isFile ? labels : $"{option}={labels}", problem.Message.TrimEnd('.')));
            return null;
        }
    }

    private static int[] OfFolders(IReadOnlyList<string> classNames, IReadOnlyList<(SampleSource Source, int Index)> samples)
    {
        string[] folders = [.. samples.Select(s => CalibrationFiles.ClassFolder(s.Source.File))];
        // Without names of classes their order is that of the folders.
        IReadOnlyList<string> classes = classNames.Count > 0 || folders.All(f => IsNumber(f, out _)) ? classNames : [.. folders.Distinct().Order(StringComparer.Ordinal)];
        return [.. folders.Select(new ClassNumbers(classes).Of)];
    }

    private static int[] OfArray(NpyFile array, int samples)
    {
        if (!ArrayTypes.IsWhole(array.Type)) throw new InvalidDataException($"it holds {array.Type}, not whole numbers");
        int count = array.Shape.Aggregate(1, (product, extent) => product * extent);
        CheckCount(count, samples);
        return [.. Enumerable.Range(0, count).Select(i => ArrayTypes.ReadWhole(array, i) is >= 0 and <= int.MaxValue and var number ? (int)number
            : throw new InvalidDataException($"{ArrayTypes.ReadWhole(array, i)} is no class"))];
    }

    private static int[] OfLines(string path, ClassNumbers classes, IReadOnlyList<(SampleSource Source, int Index)> samples)
    {
        if (new FileInfo(path).Length is 0 or > MaxFileBytes) throw new InvalidDataException("it is empty, or too large for a list of classes");
        List<string> lines = [.. File.ReadLines(path).Select(l => l.Trim()).Where(l => l.Length > 0)];
        Dictionary<string, string> byFile = new(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            int comma = line.IndexOfAny([',', '\t']);
            if (comma > 0) byFile[Plain(line[..comma].Trim().Trim('"'))] = line[(comma + 1)..].Trim().Trim('"');
        }
        bool namesFiles = samples.Any(s => Find(byFile, s.Source.File) is not null);
        if (namesFiles)
            return [.. samples.Select(s => classes.Of(Find(byFile, s.Source.File) ?? throw new InvalidDataException($"it has no line for '{Path.GetFileName(s.Source.File)}'")))];
        // A first line that is no class names the column.
        if (lines.Count == samples.Count + 1 && !IsNumber(lines[0], out _) && !classes.Knows(lines[0])) lines.RemoveAt(0);
        CheckCount(lines.Count, samples.Count);
        return [.. lines.Select(classes.Of)];
    }

    /// <summary>The entry of a file: by its name, or by the end of its path.</summary>
    private static string? Find(Dictionary<string, string> byFile, string path)
    {
        string plain = Plain(path);
        for (int at = plain.LastIndexOf('/'); at >= 0; at = at == 0 ? -1 : plain.LastIndexOf('/', at - 1))
            if (byFile.TryGetValue(plain[(at + 1)..], out string? label)) return label;
        return byFile.GetValueOrDefault(plain);
    }

    private static string Plain(string path) => path.Replace('\\', '/');

    private static void CheckCount(int labels, int samples)
    {
        if (labels != samples) throw new InvalidDataException($"it has {labels} labels for {samples} samples");
    }

    private static bool IsNumber(string word, out int number) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>From the words of labels to numbers of classes.</summary>
    private sealed class ClassNumbers
    {
        private readonly int _count;
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

        /// <param name="names">Names of the classes; may be empty.</param>
        public ClassNumbers(IReadOnlyList<string> names)
        {
            _count = names.Count;
            for (int i = 0; i < names.Count; i++) _numbers.TryAdd(names[i], i);
        }

        public bool Knows(string word) => _numbers.ContainsKey(word);

        /// <exception cref="InvalidDataException">There is no such class.</exception>
        public int Of(string word)
        {
            if (_numbers.TryGetValue(word, out int named)) return named;
            if (!IsNumber(word, out int number)) throw new InvalidDataException($"'{word}' is neither a number from 0 nor one of the {_count} names of classes");
            return _count == 0 || number < _count ? number : throw new InvalidDataException($"there is no class {number}: {_count} are named");
        }
    }
}
