using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Data;
using Lr2vq.Diagnostics;

namespace Lr2vq.Tool.Work;

/// <summary>Files for the inputs of a network, several samples of each: arrays, pictures, or folders with such.</summary>
internal sealed class SampleFiles
{
    private readonly List<string>[] _files;

    private SampleFiles(int inputs) => _files = [.. Enumerable.Range(0, inputs).Select(_ => new List<string>())];

    /// <summary>How many samples there are; 0 if no file is given.</summary>
    public int Count => _files.Length == 0 ? 0 : _files.Max(f => f.Count);

    /// <summary>All files.</summary>
    public IEnumerable<string> All => _files.SelectMany(f => f);

    /// <summary>Files of folders that are neither arrays nor pictures.</summary>
    public int LeftOut { get; private set; }

    /// <param name="words"><c>NAME=PATH</c>, or a path if there is one input.</param>
    /// <param name="values">Knows the names of the inputs.</param>
    /// <param name="inputs">How many inputs there are.</param>
    /// <param name="option">The option, for messages.</param>
    /// <param name="bag">Receives what is wrong.</param>
    public static SampleFiles Read(IEnumerable<string> words, InputValues values, int inputs, string option, DiagnosticBag bag)
    {
        SampleFiles samples = new(inputs);
        foreach (string word in words)
            if (values.Split(word, option, out string path) is { } index) samples.Add(index, path, bag);
        int[] counts = [.. samples._files.Select(f => f.Count).Where(c => c > 1).Distinct()];
        if (counts.Length > 1)
            bag.Add(DiagnosticCatalogue.OptionListInvalid.At(new DiagnosticPlace { Option = option }, option, string.Join(" ", words),
                $"NAME=FOLDER with as many files for each input; here they are {string.Join(" and ", counts)}"));
        return samples;
    }

    /// <summary>The file of an input in a sample; null for none. A single file serves all samples.</summary>
    public string? Of(int input, int sample) => _files[input].Count switch
    {
        0 => null,
        1 => _files[input][0],
        _ => _files[input][sample],
    };

    private void Add(int index, string path, DiagnosticBag bag)
    {
        if (!Directory.Exists(path))
        {
            _files[index].Add(path);
            return;
        }
        string[] all = [.. Directory.EnumerateFiles(path).Order(StringComparer.Ordinal)];
        string[] used = [.. all.Where(f => PictureFile.IsPictureName(f) || f.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))];
        LeftOut += all.Length - used.Length;
        if (used.Length == 0) bag.Add(DiagnosticCatalogue.FileKindUnexpected.At(new DiagnosticPlace(path), path, "a folder with data", "It has no .npy array and no picture"));
        _files[index].AddRange(used);
    }
}
