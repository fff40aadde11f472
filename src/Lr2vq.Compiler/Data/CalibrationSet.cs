using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Plans;

namespace Lr2vq.Data;

/// <summary>Samples of calibration data for the inputs of one network, in a fixed order. Read when they are asked for, so memory stays that of
/// one sample. Used by one thread at a time.</summary>
internal sealed class CalibrationSet
{
    /// <summary>Fewer say too little.</summary>
    public const int LeastSamples = 8;

    private readonly IReadOnlyList<PlanPort> _ports;
    private readonly (SampleSource Source, int Index)[][] _samples;
    private readonly NpyFile?[] _shared;

    private CalibrationSet(IReadOnlyList<PlanPort> ports, (SampleSource, int)[][] samples, IReadOnlyList<int>? labels)
    {
        (_ports, _samples, Labels) = (ports, samples, labels);
        Count = samples.Max(s => s.Length);
        _shared = new NpyFile?[ports.Count];
    }

    /// <summary>How many samples there are: at least <see cref="LeastSamples"/>.</summary>
    public int Count { get; }

    /// <summary>The class of each sample; null where none are given: the answers of the original are the measure then.</summary>
    public IReadOnlyList<int>? Labels { get; }

    /// <summary>The values of all inputs, in the order of the Plan.</summary>
    /// <exception cref="DiagnosticException">A file is damaged, or does not suit its input.</exception>
    public InputSample Read(int sample)
    {
        NpyFile[] values = new NpyFile[_ports.Count];
        for (int i = 0; i < values.Length; i++)
        {
            bool isShared = _samples[i].Length == 1 && Count > 1;
            (SampleSource source, int index) = _samples[i][isShared ? 0 : sample];
            values[i] = isShared ? _shared[i] ??= Read(source, index, _ports[i]) : Read(source, index, _ports[i]);
        }
        return new InputSample(values);
    }

    /// <summary>Where a sample comes from, for people: the file of the input that differs from sample to sample, with the number within it.</summary>
    public string NameOf(int sample)
    {
        (SampleSource source, int index) = Array.Find(_samples, s => s.Length == Count)![sample];
        return source.Count > 1 ? $"{Path.GetFileName(source.File)}[{index}]" : Path.GetFileName(source.File);
    }

    /// <summary>The file of a sample of an input.</summary>
    public string FileOf(int input, int sample) => _samples[input][_samples[input].Length == 1 ? 0 : sample].Source.File;

    /// <summary>Assigns the files to the inputs of a network and checks what can be seen without reading pictures.</summary>
    /// <param name="files">What the user named.</param>
    /// <param name="ports">The inputs.</param>
    /// <param name="pictures">How pictures become inputs.</param>
    /// <param name="spelling">How the user writes options, for messages.</param>
    /// <param name="bag">Receives what does not suit.</param>
    /// <param name="constants">Inputs of the model that the option Constants fixes.</param>
    /// <returns>Null if the bag got an error.</returns>
    public static CalibrationSet? Open(CalibrationFiles files, IReadOnlyList<PlanPort> ports, PreProcessing pictures, OptionSpelling spelling, DiagnosticBag bag, IEnumerable<string>? constants = null)
    {
        DiagnosticPlace place = new() { Option = "CalibrationData" };
        string option = spelling.Of("CalibrationData");
        SampleSources sources = new(ports, pictures, bag) { Constants = [.. constants ?? []] };
        foreach (CalibrationPart part in files.Parts) sources.Add(part, option);
        if (bag.HasErrors) return null;
        for (int i = 0; i < ports.Count; i++)
            if (sources.Of(i).Count == 0)
                bag.Add(DiagnosticCatalogue.CalibrationInputMissing.At(place, option, ports[i].Name, $"{ports[i].Type} [{string.Join(',', ports[i].Shape)}]"));
        if (bag.HasErrors) return null;
        (SampleSource, int)[][] samples = [.. ports.Select((_, i) => sources.Of(i).SelectMany(s => Enumerable.Range(0, s.Count).Select(k => (s, k))).ToArray())];
        if (samples.Length == 0) return null;
        int count = samples.Max(s => s.Length);
        foreach ((PlanPort port, int own) in ports.Zip(samples, (port, own) => (port, own.Length)))
            if (own != 1 && own != count) bag.Add(DiagnosticCatalogue.CalibrationCountsDiffer.At(place, option, port.Name, own, ports[Array.FindIndex(samples, s => s.Length == count)].Name, count));
        if (count < LeastSamples) bag.Add(DiagnosticCatalogue.CalibrationSamplesFew.At(place, option, count, LeastSamples));
        if (bag.HasErrors) return null;
        IReadOnlyList<int>? labels = null;
        if (files.Labels is not null)
        {
            (SampleSource, int)[] own = Array.Find(samples, s => s.Length == count)!;
            labels = SampleLabels.Read(files.Labels, files.ClassNames, own, spelling.Of("CalibrationLabels"), bag);
            if (labels is null) return null;
        }
        return new CalibrationSet(ports, samples, labels);
    }

    private static NpyFile Read(SampleSource source, int index, PlanPort port)
    {
        try
        {
            NpyFile value = source.Read(index);
            return ArrayTypes.HasNonFinite(value) ? throw new InvalidDataException("it holds values that are no numbers") : value;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new DiagnosticException(DiagnosticCatalogue.CalibrationFileDamaged.At(new DiagnosticPlace(source.File), source.File, problem.Message.TrimEnd('.')));
        }
    }
}
