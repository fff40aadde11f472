using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Plans;

namespace Lr2vq.Data;

/// <summary>Finds for each file of calibration data the input that it is for.</summary>
internal sealed class SampleSources
{
    private readonly IReadOnlyList<PlanPort> _ports;
    private readonly PreProcessing _pictures;
    private readonly DiagnosticBag _bag;
    private readonly List<SampleSource>[] _sources;
    private readonly PictureReader?[] _readers;

    public SampleSources(IReadOnlyList<PlanPort> ports, PreProcessing pictures, DiagnosticBag bag)
    {
        (_ports, _pictures, _bag) = (ports, pictures, bag);
        _sources = [.. ports.Select(_ => new List<SampleSource>())];
        _readers = [.. ports.Select(p => PicturePort.Of(p, pictures.Layout) is null ? null : new PictureReader(pictures, p))];
    }

    /// <summary>Inputs of the model that are fixed, and none of the network.</summary>
    public HashSet<string> Constants { get; init; } = [];

    /// <summary>What was found for an input, in order.</summary>
    public IReadOnlyList<SampleSource> Of(int input) => _sources[input];

    /// <param name="part">Files.</param>
    /// <param name="option">The option, as the user writes it.</param>
    public void Add(CalibrationPart part, string option)
    {
        string[] names = [.. _ports.Select(p => p.Name)];
        if (part.Input is not null && Constants.Contains(part.Input))
        {
            _bag.Add(DiagnosticCatalogue.DataOfConstant.At(new DiagnosticPlace { Option = "CalibrationData" }, option, part.Input));
            return;
        }
        if (part.Input is not null && !names.Contains(part.Input))
        {
            _bag.Add(DiagnosticCatalogue.InputUnknown.At(new DiagnosticPlace { Option = "CalibrationData" }, part.Input, string.Join(", ", names), Spelling.Hint(part.Input, names)));
            return;
        }
        int named = part.Input is null ? -1 : Array.IndexOf(names, part.Input);
        bool isAlone = part.Files.Count == 1;
        (string File, string[] Inputs)? unused = null;
        foreach (string file in part.Files)
        {
            int before = _bag.All.Count;
            try
            {
                if (Add(file, named, isAlone, option) is { Length: > 0 } fixedOnes) unused ??= (file, fixedOnes);
            }
            catch (MisfitException problem)
            {
                _bag.Add(DiagnosticCatalogue.CalibrationFileMisfit.At(new DiagnosticPlace(file), file, problem.Message));
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                _bag.Add(DiagnosticCatalogue.CalibrationFileDamaged.At(new DiagnosticPlace(file), file, problem.Message.TrimEnd('.')));
            }
            // One wrong file is told, not a thousand alike.
            if (_bag.All.Count > before) return;
        }
        if (unused is { } arrays)
            _bag.Add(DiagnosticCatalogue.ArraysOfConstants.At(new DiagnosticPlace(arrays.File), arrays.File, string.Join(", ", arrays.Inputs.Select(input => $"'{input}'"))));
    }

    /// <summary>Returns the fixed inputs that a file has arrays for.</summary>
    private string[] Add(string file, int named, bool isAlone, string option)
    {
        DataFileKind kind = DataFileKinds.Of(file);
        if (kind == DataFileKind.Arrays)
        {
            IReadOnlyList<(string Name, NpyFile Array)> arrays = NpzFile.Read(file);
            int[] inputs = named >= 0 ? [named] : _ports.Count == 1 ? [0] : [.. Enumerable.Range(0, _ports.Count)];
            foreach (int input in inputs)
            {
                NpyFile? array = arrays.FirstOrDefault(a => a.Name == _ports[input].Name).Array ?? (inputs.Length == 1 && arrays.Count == 1 ? arrays[0].Array : null);
                if (array is null) throw new MisfitException($"it has no array '{_ports[input].Name}', but {string.Join(", ", arrays.Select(a => $"'{a.Name}'"))}");
                _sources[input].Add(new ArraySource(file, array, _ports[input], isAlone, _readers[input]));
            }
            return [.. arrays.Select(a => a.Name).Where(Constants.Contains)];
        }
        int index = named >= 0 ? named : InputFor(kind);
        if (index < 0) throw new MisfitException($"the network has {_ports.Count} inputs, {string.Join(", ", _ports.Select(p => $"'{p.Name}'"))}: say which one it is for, as in {option}=\"{_ports[0].Name}=…\"");
        PlanPort port = _ports[index];
        _sources[index].Add(kind switch
        {
            DataFileKind.Picture when _readers[index] is { } reader => new PictureSource(file, reader),
            DataFileKind.Picture => throw new MisfitException($"the input '{port.Name}' [{string.Join(',', port.Shape)}] of {port.Type} takes no picture"),
            DataFileKind.Sound when !SoundSource.TakesSound(port) => throw new MisfitException($"the input '{port.Name}' [{string.Join(',', port.Shape)}] of {port.Type} takes no sound"),
            DataFileKind.Sound => new SoundSource(file, port),
            DataFileKind.Array => new ArraySource(file, null, port, isAlone, _readers[index]),
            _ => throw new MisfitException($"its kind is not known by its name; known: {DataFileKinds.Text}"),
        });
        return [];
    }

    /// <summary>The input that a file is for when none is named: the only one, or the only one that takes its kind. −1 if that is not one.</summary>
    private int InputFor(DataFileKind kind)
    {
        if (_ports.Count == 1) return 0;
        int[] takers = [.. Enumerable.Range(0, _ports.Count).Where(i => kind == DataFileKind.Picture ? _readers[i] is not null : kind == DataFileKind.Sound && SoundSource.TakesSound(_ports[i]))];
        return takers is [var only] ? only : -1;
    }
}
