using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Pictures;

namespace Lr2vq.Options;

/// <summary>Reads the options of data: pre-processing, labels, calibration.</summary>
/// <param name="words">What the user wrote, by the names of the table.</param>
/// <param name="folder">What relative paths are relative to.</param>
/// <param name="spelling">How the user writes options.</param>
/// <param name="problems">Receives what is wrong.</param>
internal sealed class DataOptions(IReadOnlyDictionary<string, string> words, string folder, OptionSpelling spelling, DiagnosticBag problems)
{
    /// <summary>What is said of pictures, on top of what holds otherwise.</summary>
    public PreProcessing ParsePreProcessing(PreProcessing otherwise)
    {
        PreProcessing made = otherwise;
        foreach (OptionDefinition option in OptionTable.All.Where(o => o.IsPreProcessing))
        {
            if (!words.TryGetValue(option.Name, out string? word)) continue;
            if (made.With(option.Name, word) is { } with) made = with;
            else if (option.Words.Count == 0) Problem(option.Name, DiagnosticCatalogue.OptionNumberInvalid, spelling.Of(option.Name), word, option.Values);
            else Problem(option.Name, DiagnosticCatalogue.OptionValueUnknown, spelling.Of(option.Name), word, option.Values, Spelling.Hint(word, option.Words));
        }
        // Only what stands together contradicts; one option of a command may replace another of the artifact.
        if (words.ContainsKey("Resize") && made.Fit is PictureFit.Stretch or PictureFit.Exact)
        {
            if (words.ContainsKey("Fit")) Problem("Resize", DiagnosticCatalogue.PreProcessingContradicts, spelling.Of("Resize"), spelling.Of("Fit"), "Resize scales the shorter side and cuts out the middle");
            made = made with { Fit = null };
        }
        else if (words.ContainsKey("Fit") && made.Fit != PictureFit.Crop) made = made with { Resize = null };
        return made;
    }

    /// <summary>Names of the classes; empty if none are given.</summary>
    public IReadOnlyList<string> ParseLabels() => words.TryGetValue("Labels", out string? path) ? LabelFile.Read(Path.GetFullPath(path, folder), problems.Add) : [];

    /// <summary>The files of calibration data; null if none are given.</summary>
    /// <param name="classNames">Names of the classes.</param>
    public CalibrationFiles? ParseCalibration(IReadOnlyList<string> classNames)
    {
        string? labels = words.GetValueOrDefault("CalibrationLabels");
        if (!words.TryGetValue("CalibrationData", out string? data))
        {
            foreach (string dependent in (string[])["CalibrationLabels", "MaxDrop"])
                if (words.ContainsKey(dependent)) Problem(dependent, DiagnosticCatalogue.OptionNeedsOther, spelling.Of(dependent), spelling.Of("CalibrationData"));
            return null;
        }
        bool isFolders = string.Equals(labels, CalibrationFiles.FolderLabels, StringComparison.OrdinalIgnoreCase);
        string? file = labels is null ? null : isFolders ? CalibrationFiles.FolderLabels : Path.GetFullPath(labels, folder);
        if (file is not null && !isFolders && !File.Exists(file))
            Problem("CalibrationLabels", DiagnosticCatalogue.CalibrationLabelsMisfit, labels, $"the file does not exist, and the word is not '{CalibrationFiles.FolderLabels}'");
        return new CalibrationFiles
        {
            Parts = CalibrationFiles.Find(data, folder, (part, why) => Problem("CalibrationData", DiagnosticCatalogue.CalibrationDataMissing, spelling.Of("CalibrationData"), part, why)),
            Labels = file,
            ClassNames = classNames,
        };
    }

    private void Problem(string option, DiagnosticDefinition definition, params object?[] arguments) =>
        problems.Add(definition.At(new DiagnosticPlace { Option = option }, arguments));
}
