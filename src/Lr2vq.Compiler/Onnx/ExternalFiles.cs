using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;

namespace Lr2vq.Onnx;

/// <summary>The files beside a model that hold tensor data. Only regular files in the model's directory or below are opened, also behind links.</summary>
internal sealed class ExternalFiles(string model, ProblemList problems) : IDisposable
{
    private readonly string _directory = Path.GetDirectoryName(Path.GetFullPath(model)) ?? "";

    /// <summary>Where data may lie: the model's directory, and that of the file which the model is a link to (a download cache keeps all its
    /// files in one folder, and links to them in others).</summary>
    private string[]? _folders;
    private readonly Dictionary<string, ExternalFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Problem, List<string> Tensors)> _missing = new(StringComparer.Ordinal);

    /// <summary>Bytes of all files that tensors use.</summary>
    public long TotalBytes => _files.Values.Sum(file => file.Length);

    /// <summary>Paths of all files that tensors use, sorted by their names in the model.</summary>
    public IEnumerable<string> Paths => _files.Keys.Order(StringComparer.Ordinal).Select(location => Path.Combine(_directory, location));

    /// <summary>The payload that the external_data entries of a tensor describe; null if there is none, which is then a problem.</summary>
    public TensorPayload? Find(string tensor, DiagnosticPlace place, Dictionary<string, string> entries, long bytes)
    {
        string location = entries.GetValueOrDefault("location", "");
        if (Refusal(location) is { } refusal)
        {
            problems.Add(DiagnosticCatalogue.ExternalPathRefused, place, tensor, location, refusal);
            return null;
        }
        if (!TryNumber("offset", 0, out long offset) || !TryNumber("length", bytes, out long length)) return null;
        if (length != bytes)
        {
            Invalid("whose length " + length + " is not the " + bytes + " bytes that its type and dimensions need");
            return null;
        }
        if (Open(location, tensor) is not { } file) return null;
        if (offset > file.Length || length > file.Length - offset)
        {
            Invalid("at bytes " + offset + " to " + ((decimal)offset + length) + ", but that file has " + file.Length);
            return null;
        }
        return new ExternalPayload(file, offset);

        bool TryNumber(string key, long absent, out long value)
        {
            value = absent;
            if (!entries.TryGetValue(key, out string? text)) return true;
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value)) return true;
            Invalid("whose " + key + " '" + text + "' is not a number");
            return false;
        }

        void Invalid(string what) => problems.Add(DiagnosticCatalogue.ExternalRangeInvalid, place, tensor, location, what);
    }

    /// <summary>Reports every file that is missing, once, with the tensors that need it.</summary>
    public void ReportMissing()
    {
        foreach ((string location, (string problem, List<string> tensors)) in _missing)
        {
            string of = tensors.Count == 1 ? "'" + tensors[0] + "'"
                : tensors.Count + " tensors ('" + string.Join("', '", tensors.Take(3)) + (tensors.Count > 3 ? "', …)" : "')");
            problems.Add(DiagnosticCatalogue.ExternalFileMissing, new DiagnosticPlace(null, null, tensors[0]), location, of, problem);
        }
    }

    public void Dispose()
    {
        foreach (ExternalFile file in _files.Values) file.Dispose();
    }

    private static string? Refusal(string location)
    {
        if (location.Length == 0) return "not a file name";
        if (location.Contains('\0')) return "not a file name";
        bool drive = location.Length > 1 && location[1] == ':' && char.IsAsciiLetter(location[0]);
        if (drive || location[0] is '/' or '\\' || Path.IsPathRooted(location)) return "an absolute path";
        return location.Split('/', '\\').Contains("..") ? "outside the model's directory" : null;
    }

    private bool IsInside(string path)
    {
        _folders ??= [RealPath.Of(_directory), Path.GetDirectoryName(RealPath.Of(model)) ?? ""];
        string real = RealPath.Of(path);
        return Array.Exists(_folders, folder => RealPath.IsBelow(real, folder));
    }

    private ExternalFile? Open(string location, string tensor)
    {
        if (_files.TryGetValue(location, out ExternalFile? known)) return known;
        if (_missing.TryGetValue(location, out (string Problem, List<string> Tensors) missing))
        {
            missing.Tensors.Add(tensor);
            return null;
        }
        string problem;
        try
        {
            string path = Path.Combine(_directory, location);
            var info = new FileInfo(path);
            if (!info.Exists) problem = Directory.Exists(path) ? "it is a directory" : "it does not exist";
            // Nothing to map; a pipe or device says zero too, and would block.
            else if (RegularFile.Length(path) == 0) problem = "it is empty, or no regular file";
            else if (!IsInside(path)) problem = "it is a link that leads out of the model's directory";
            else return _files[location] = new ExternalFile(path, _files.Count < ExternalFile.MostKeptOpen);
        }
        catch (Exception e) when (OnnxFileKind.IsFileProblem(e) || OnnxFileKind.IsPathProblem(e))
        {
            problem = e.Message;
        }
        _missing[location] = (problem, [tensor]);
        return null;
    }
}

/// <summary>One external file; very many of them (a file for each tensor) are opened anew for each read.</summary>
internal sealed class ExternalFile : IDisposable
{
    /// <summary>Systems allow 1024 open files by default.</summary>
    public const int MostKeptOpen = 256;

    private readonly string _path;
    private readonly MappedFile? _kept;

    public ExternalFile(string path, bool keepOpen)
    {
        _path = path;
        MappedFile file = MappedFile.Open(path);
        Length = file.Length;
        if (keepOpen) _kept = file;
        else file.Dispose();
    }

    public long Length { get; }

    public void Read(long offset, Span<byte> destination)
    {
        if (_kept is not null)
        {
            _kept.Read(offset, destination);
            return;
        }
        try
        {
            using MappedFile file = MappedFile.Open(_path);
            if (file.Length != Length)
                throw new DiagnosticException(DiagnosticCatalogue.FileChanged.At(new DiagnosticPlace(_path), _path, Length, file.Length));
            file.Read(offset, destination);
        }
        catch (Exception e) when (OnnxFileKind.IsFileProblem(e))
        {
            throw new DiagnosticException(DiagnosticCatalogue.ModelFileUnreadable.At(new DiagnosticPlace(_path), _path, e.Message));
        }
    }

    public void Dispose() => _kept?.Dispose();
}

/// <summary>Bytes in an external file.</summary>
internal sealed class ExternalPayload(ExternalFile file, long start) : TensorPayload
{
    public override void Read(long offset, Span<byte> destination) => file.Read(start + offset, destination);
}
