using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Build.Tests;

/// <summary>samples/Serve as a user builds it, with a small network.</summary>
public sealed class ServeSampleTests(Workshop workshop)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task TheServiceAnswersAndRefuses()
    {
        UserProject project = workshop.Project("Serve", "", "").Write("classifier.onnx", Networks.Small());
        string sample = Path.Combine(TestData.RepositoryRoot, "samples", "Serve");
        foreach (string name in (string[])["Serve.csproj", "Program.cs", "appsettings.json"]) File.Copy(Path.Combine(sample, name), project.PathOf(name), overwrite: true);
        Assert.Empty(project.Build().Succeeded().Problems);

        using Process server = new()
        {
            StartInfo = new("dotnet", ["exec", project.PathOf("bin", "Debug", "net10.0", "Serve.dll"), "--urls", "http://127.0.0.1:0"]) { RedirectStandardOutput = true, WorkingDirectory = project.Folder },
        };
        TaskCompletionSource<Uri> address = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.OutputDataReceived += (_, line) =>
        {
            const string words = "Now listening on: ";
            if (line.Data is null) address.TrySetException(new InvalidOperationException("the service ended"));
            else if (line.Data.IndexOf(words, StringComparison.Ordinal) is >= 0 and var at) address.TrySetResult(new Uri(line.Data[(at + words.Length)..]));
        };
        server.Start();
        server.BeginOutputReadLine();
        try
        {
            using HttpClient http = new() { BaseAddress = await address.Task.WaitAsync(s_patience, TestContext.Current.CancellationToken) };
            Assert.Equal("Healthy", await http.GetStringAsync("/health", TestContext.Current.CancellationToken));

            // A picture larger than the input is scaled; many at once get the same answer.
            byte[] picture = [.. Enumerable.Range(0, 3 * 20 * 24).Select(i => (byte)(i * 37))];
            string[] answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(async _ =>
            {
                (HttpStatusCode status, string type, string text) = await Post(http, "/classify?width=20&height=24", picture);
                Assert.Equal((HttpStatusCode.OK, "application/json"), (status, type));
                return text;
            }));
            Assert.Single(answers.Distinct());
            JsonArray best = JsonNode.Parse(answers[0])!.AsArray();
            Assert.Equal(5, best.Count);
            Assert.True((float)best[0]!["score"]! >= (float)best[4]!["score"]!);

            foreach ((string query, byte[] body) in ((string, byte[])[])[("width=20&height=24", new byte[7]), ("width=0&height=24", picture), ("width=2000000&height=2000000", picture), ("width=x&height=24", picture), ("", picture)])
            {
                (HttpStatusCode status, string type, string text) = await Post(http, "/classify?" + query, body);
                Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (status, type));
                Assert.Equal(400, (int)JsonNode.Parse(text)!["status"]!);
            }
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static async Task<(HttpStatusCode Status, string Type, string Text)> Post(HttpClient http, string path, byte[] body)
    {
        using ByteArrayContent content = new(body);
        using HttpResponseMessage response = await http.PostAsync(path, content, TestContext.Current.CancellationToken);
        return (response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? "", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
